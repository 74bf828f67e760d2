/** Keeps whoever comes until the test lets them go. */
import type { Context } from "@restatedev/restate-sdk";
import { AwakeableHolder } from "./awakeable-holder.ts";
import type { Sdk } from "./sdk.ts";

export function createGate(sdk: Sdk, name = "Gate") {
  return sdk.service({
    name,
    handlers: {
      pass: async (ctx: Context, visitor: string): Promise<string> => {
        const { id, promise } = ctx.awakeable<string>();
        await ctx.objectClient(AwakeableHolder, visitor).hold(id);
        await promise;
        return "done";
      },

      /** Another value for each execution. */
      draw: async (ctx: Context): Promise<string> =>
        await ctx.run("draw", () => crypto.randomUUID()),
    },
  });
}
