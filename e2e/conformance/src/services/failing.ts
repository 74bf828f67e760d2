/** Handlers that fail: for good, for a while, in a run, through a call. */
import type { ObjectContext, VirtualObjectDefinition } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface FailureWanted {
  readonly errorMessage: string;
  readonly metadata?: Record<string, string>;
}

const Failing = { name: "Failing" } as VirtualObjectDefinition<
  "Failing",
  { terminallyFailingCall: (ctx: ObjectContext, wanted: FailureWanted) => Promise<void> }
>;

const SUCCESS_AT = 4;
const RUN_RETRY = { initialRetryInterval: 10, retryIntervalFactor: 1 };

export function createFailing(sdk: Sdk, name = "Failing") {
  // In this process alone: retries are meant to see that they are retries.
  const calls = new Map<string, number>();
  const runs = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string): number => {
    const counted = (counts.get(key) ?? 0) + 1;
    counts.set(key, counted);
    return counted;
  };
  const fail = ({ errorMessage, metadata }: FailureWanted): never => {
    throw new sdk.TerminalError(errorMessage, metadata === undefined ? {} : { metadata });
  };

  return sdk.object({
    name,
    handlers: {
      terminallyFailingCall: async (_ctx: ObjectContext, wanted: FailureWanted): Promise<void> =>
        fail(wanted),

      callTerminallyFailingCall: async (
        ctx: ObjectContext,
        wanted: FailureWanted,
      ): Promise<string> => {
        await ctx.objectClient(Failing, ctx.rand.uuidv4()).terminallyFailingCall(wanted);
        return "the call did not fail";
      },

      /** Gives the number of its attempts. */
      failingCallWithEventualSuccess: async (ctx: ObjectContext): Promise<number> => {
        const attempt = count(calls, ctx.key);
        if (attempt < SUCCESS_AT) throw new Error(`failed at attempt ${attempt}`);
        calls.delete(ctx.key);
        return attempt;
      },

      terminallyFailingSideEffect: async (
        ctx: ObjectContext,
        wanted: FailureWanted,
      ): Promise<void> => {
        await ctx.run("fail", () => fail(wanted));
      },

      /** Gives the number of executions. */
      sideEffectSucceedsAfterGivenAttempts: async (
        ctx: ObjectContext,
        attempts: number,
      ): Promise<number> =>
        await ctx.run(
          "succeed at last",
          () => {
            const execution = count(runs, ctx.key);
            if (execution < attempts) throw new Error(`failed at execution ${execution}`);
            return execution;
          },
          RUN_RETRY,
        ),

      /** Gives the number of executions once the run has failed for good. */
      sideEffectFailsAfterGivenAttempts: async (
        ctx: ObjectContext,
        attempts: number,
      ): Promise<number> => {
        try {
          await ctx.run(
            "never succeed",
            () => {
              throw new Error(`failed at execution ${count(runs, ctx.key)}`);
            },
            { ...RUN_RETRY, maxRetryAttempts: attempts },
          );
        } catch (error) {
          if (error instanceof sdk.TerminalError) return runs.get(ctx.key) ?? 0;
          throw error;
        }
        throw new sdk.TerminalError("the run did not fail");
      },
    },
  });
}
