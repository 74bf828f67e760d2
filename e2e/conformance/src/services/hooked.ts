/** Handlers whose attempts and runs are watched by hooks; the events are kept in this process alone. */
import type { Context, HooksProvider, Request } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

/** Longer than the abort timeout, and than a test. */
const SLOW_MS = 60_000;

export function createHooked(sdk: Sdk, name = "Hooked") {
  const { handler } = sdk.handlers;
  const events = new Map<string, string[]>();
  const record = ({ id }: Request, event: string): number => {
    const known = events.get(id) ?? [];
    events.set(id, known);
    return known.push(event);
  };
  const countOf = ({ id }: Request, event: string): number =>
    (events.get(id) ?? []).filter((one) => one === event).length;
  /** Throws in the first executions of a place. */
  const stumble = (ctx: Context, place: string, times: number): void => {
    record(ctx.request(), place);
    if (countOf(ctx.request(), place) <= times) throw new Error(`stumbled at ${place}`);
  };
  const hooks: HooksProvider = ({ request }) => ({
    interceptor: {
      handler: (next) => watch("handler", (event) => record(request, event), next),
      run: (run, next) => watch(`run ${run}`, (event) => record(request, event), next),
    },
  });

  return sdk.service({
    name,
    handlers: {
      events: async (_ctx: Context, id: string): Promise<string[]> => events.get(id) ?? [],

      plain: handler({ hooks: [hooks] }, async (ctx: Context): Promise<string> => {
        await ctx.run("one", () => "one");
        return "done";
      }),

      fail: handler({ hooks: [hooks] }, async (_ctx: Context): Promise<void> => {
        throw new sdk.TerminalError("failed for good");
      }),

      retryAfterRun: handler({ hooks: [hooks] }, async (ctx: Context): Promise<string> => {
        await ctx.run("one", () => "one");
        stumble(ctx, "after the run", 2);
        return "done";
      }),

      retryInRun: handler({ hooks: [hooks] }, async (ctx: Context): Promise<string> => {
        await ctx.run("one", () => stumble(ctx, "in the run", 1));
        return "done";
      }),

      failInRun: handler({ hooks: [hooks] }, async (ctx: Context): Promise<void> => {
        await ctx.run("one", () => stumble(ctx, "in the run", 10), {
          maxRetryAttempts: 2,
          initialRetryInterval: 10,
        });
      }),

      wait: handler({ hooks: [hooks] }, async (ctx: Context): Promise<string> => {
        await ctx.run("one", () => "one");
        await ctx.sleep(100);
        await ctx.run("two", () => "two");
        return "done";
      }),

      /** Too slow in its first execution. */
      abort: handler(
        { hooks: [hooks], inactivityTimeout: 500, abortTimeout: 500 },
        async (ctx: Context): Promise<string> => {
          await ctx.run("slow", async () => {
            record(ctx.request(), "slow");
            const { attemptCompletedSignal } = ctx.request();
            if (countOf(ctx.request(), "slow") === 1) await late(attemptCompletedSignal);
          });
          return "done";
        },
      ),

      /** Never ends by itself. */
      hang: handler({ hooks: [hooks] }, async (ctx: Context): Promise<void> => {
        await ctx.run("slow", () => late(ctx.request().attemptCompletedSignal));
      }),
    },
  });
}

async function watch(
  what: string,
  record: (event: string) => void,
  next: () => Promise<void>,
): Promise<void> {
  record(`${what}: before`);
  try {
    await next();
    record(`${what}: after`);
  } catch (error) {
    record(`${what}: error`);
    throw error;
  }
}

/** Ends with the attempt, at the latest. */
function late(ended: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(end, SLOW_MS);
    function end() {
      clearTimeout(timer);
      reject(new Error("the attempt has ended"));
    }
    ended.addEventListener("abort", end, { once: true });
  });
}
