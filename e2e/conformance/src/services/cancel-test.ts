/** An invocation that waits in one of three ways, and one that sees it cancelled. */
import type { ObjectContext, VirtualObjectDefinition } from "@restatedev/restate-sdk";
import { AwakeableHolder } from "./awakeable-holder.ts";
import type { Sdk } from "./sdk.ts";

export type BlockingOperation = "CALL" | "SLEEP" | "AWAKEABLE";

const CancelTestBlockingService = {
  name: "CancelTestBlockingService",
} as VirtualObjectDefinition<
  "CancelTestBlockingService",
  { block: (ctx: ObjectContext, operation: BlockingOperation) => Promise<void> }
>;

const STATE = "cancelled";
const CANCELLED_CODE = 409;
const LONG = { days: 1024 };

export function createCancelTestRunner(sdk: Sdk, name = "CancelTestRunner") {
  return sdk.object({
    name,
    handlers: {
      startTest: async (ctx: ObjectContext, operation: BlockingOperation): Promise<void> => {
        try {
          await ctx.objectClient(CancelTestBlockingService, ctx.key).block(operation);
        } catch (error) {
          if (!(error instanceof sdk.TerminalError) || error.code !== CANCELLED_CODE) throw error;
          ctx.set(STATE, true);
        }
      },

      verifyTest: async (ctx: ObjectContext): Promise<boolean> =>
        (await ctx.get<boolean>(STATE)) ?? false,
    },
  });
}

export function createCancelTestBlockingService(sdk: Sdk, name = "CancelTestBlockingService") {
  return sdk.object({
    name,
    handlers: {
      block: async (ctx: ObjectContext, operation: BlockingOperation): Promise<void> => {
        const { id, promise } = ctx.awakeable<string>();
        await ctx.objectClient(AwakeableHolder, ctx.key).hold(id);
        await promise;
        // Each of these waits for ever: the call, because this invocation holds the object.
        if (operation === "CALL") {
          await ctx.objectClient(CancelTestBlockingService, ctx.key).block(operation);
        } else if (operation === "SLEEP") {
          await ctx.sleep(LONG);
        } else {
          await ctx.awakeable().promise;
        }
      },

      /** Answers when nothing holds the object. */
      isUnlocked: async (_ctx: ObjectContext): Promise<void> => undefined,
    },
  });
}
