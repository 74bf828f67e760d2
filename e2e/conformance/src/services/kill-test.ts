/** A tree of calls whose last one waits for itself. */
import type { ObjectContext, VirtualObjectDefinition } from "@restatedev/restate-sdk";
import { AwakeableHolder } from "./awakeable-holder.ts";
import type { Sdk } from "./sdk.ts";

const KillTestSingleton = { name: "KillTestSingleton" } as VirtualObjectDefinition<
  "KillTestSingleton",
  { recursiveCall: (ctx: ObjectContext) => Promise<void> }
>;

export function createKillTestRunner(sdk: Sdk, name = "KillTestRunner") {
  return sdk.object({
    name,
    handlers: {
      startCallTree: async (ctx: ObjectContext): Promise<void> => {
        await ctx.objectClient(KillTestSingleton, ctx.key).recursiveCall();
      },
    },
  });
}

export function createKillTestSingleton(sdk: Sdk, name = "KillTestSingleton") {
  return sdk.object({
    name,
    handlers: {
      recursiveCall: async (ctx: ObjectContext): Promise<void> => {
        const { id, promise } = ctx.awakeable();
        ctx.objectSendClient(AwakeableHolder, ctx.key).hold(id);
        await promise;
        await ctx.objectClient(KillTestSingleton, ctx.key).recursiveCall();
      },

      /** Answers when nothing holds the object. */
      isUnlocked: async (_ctx: ObjectContext): Promise<void> => undefined,
    },
  });
}
