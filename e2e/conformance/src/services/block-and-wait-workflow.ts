/** A workflow that waits for its durable promise. */
import type { WorkflowContext, WorkflowSharedContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "input";
const PROMISE = "unblocked";

export function createBlockAndWaitWorkflow(sdk: Sdk, name = "BlockAndWaitWorkflow") {
  return sdk.workflow({
    name,
    handlers: {
      run: async (ctx: WorkflowContext, input: string): Promise<string> => {
        ctx.set(STATE, input);
        const output = await ctx.promise<string>(PROMISE);
        const peeked = await ctx.promise<string>(PROMISE).peek();
        if (peeked !== output) {
          throw new sdk.TerminalError(`awaited ${output}, but a peek gave ${peeked}`);
        }
        return output;
      },

      unblock: async (ctx: WorkflowSharedContext, output: string): Promise<void> => {
        await ctx.promise<string>(PROMISE).resolve(output);
      },

      getState: async (ctx: WorkflowSharedContext): Promise<string | null> =>
        await ctx.get<string>(STATE),
    },
  });
}

export const BlockAndWaitWorkflow = { name: "BlockAndWaitWorkflow" } as ReturnType<
  typeof createBlockAndWaitWorkflow
>;
