/** Keeps an awakeable's id per key, so that a test can complete it later. */
import type { ObjectContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "id";

export function createAwakeableHolder(sdk: Sdk, name = "AwakeableHolder") {
  return sdk.object({
    name,
    handlers: {
      hold: async (ctx: ObjectContext, id: string): Promise<void> => {
        ctx.set(STATE, id);
      },

      hasAwakeable: async (ctx: ObjectContext): Promise<boolean> =>
        (await ctx.get<string>(STATE)) !== null,

      unlock: async (ctx: ObjectContext, value: string): Promise<void> => {
        const id = await ctx.get<string>(STATE);
        if (id === null) throw new sdk.TerminalError(`${ctx.key} holds no awakeable`);
        ctx.resolveAwakeable(id, value);
        ctx.clear(STATE);
      },
    },
  });
}

export const AwakeableHolder = { name: "AwakeableHolder" } as ReturnType<
  typeof createAwakeableHolder
>;
