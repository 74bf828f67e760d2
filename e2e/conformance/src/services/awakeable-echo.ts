/** Waits for an awakeable whose id it tells. */
import type { ObjectContext, ObjectSharedContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "id";

export function createAwakeableEcho(sdk: Sdk, name = "AwakeableEcho") {
  return sdk.object({
    name,
    handlers: {
      /** Gives what the awakeable is completed with. */
      wait: async (ctx: ObjectContext): Promise<string> => {
        const { id, promise } = ctx.awakeable<string>();
        ctx.set(STATE, id);
        const value = await promise;
        ctx.clear(STATE);
        return value;
      },

      awakeableId: sdk.handlers.object.shared(
        async (ctx: ObjectSharedContext): Promise<string | null> => await ctx.get<string>(STATE),
      ),
    },
  });
}
