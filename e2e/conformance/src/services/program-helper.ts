/** The service that programs call. */
import type { Context, ObjectContext, VirtualObjectDefinition } from "@restatedev/restate-sdk";
import type { Place } from "./program.ts";
import type { Sdk } from "./sdk.ts";

/** What it resolves awakeables with. */
export const AWAKEABLE_VALUE = "resolved";
/** What it rejects awakeables with, and fails with. */
export const FAILURE = "the helper fails";

const layerOf = (layer: number) =>
  ({ name: `ProgramLayer${layer}` as "ProgramLayer" }) as VirtualObjectDefinition<
    "ProgramLayer",
    { increment: (ctx: ObjectContext) => Promise<void> }
  >;

export function createProgramHelper(sdk: Sdk, name = "ProgramHelper") {
  return sdk.service({
    name,
    handlers: {
      echo: async (_ctx: Context, text: string): Promise<string> => text,

      echoSlowly: async (ctx: Context, durationMs: number): Promise<string> => {
        await ctx.sleep(durationMs);
        return `after ${durationMs}`;
      },

      fail: async (_ctx: Context): Promise<void> => {
        throw new sdk.TerminalError(FAILURE);
      },

      incrementOther: async (ctx: Context, { layer, key }: Place): Promise<void> => {
        ctx.objectSendClient(layerOf(layer), key).increment();
      },

      complete: async (
        ctx: Context,
        { id, how }: { readonly id: string; readonly how: "resolve" | "reject" },
      ): Promise<void> => {
        if (how === "resolve") ctx.resolveAwakeable(id, AWAKEABLE_VALUE);
        else ctx.rejectAwakeable(id, FAILURE);
      },
    },
  });
}
