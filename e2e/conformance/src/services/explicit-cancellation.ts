/** Handlers that are told of a cancellation instead of being interrupted by it. */
import type { Context, InvocationId, internal } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

type Told = Context & internal.ContextInternal;

export function createExplicitCancellation(sdk: Sdk, name = "ExplicitCancellation") {
  const { RestatePromise, TerminalError } = sdk;
  /** Invocations whose runs wait for the cancellation, in this process. */
  const waiting = new Set<string>();
  const cancelled = (ctx: Context, before: () => void = () => undefined) =>
    (ctx as Told).cancellation().map((): never => {
      before();
      throw new TerminalError("Cancelled");
    });
  const block = (ctx: Context, times: number): void => {
    for (let time = 0; time < times; time += 1) {
      void ctx.genericCall({ service: name, method: "block", parameter: new Uint8Array() });
    }
  };

  return sdk.service({
    name,
    handlers: {
      race: async (ctx: Context): Promise<string> =>
        await RestatePromise.race([ctx.signal<string>("never"), cancelled(ctx)]),

      cleanUp: async (ctx: Context): Promise<string> => {
        try {
          return await RestatePromise.race([ctx.signal<string>("never"), cancelled(ctx)]);
        } catch {
          const cleaned = ctx.run("clean up", () => "cleanup-done");
          return await RestatePromise.race([cleaned, cancelled(ctx)]);
        }
      },

      abortRuns: async (ctx: Context, count: number): Promise<string> => {
        const controller = new AbortController();
        const { id } = ctx.request();
        const runs = Array.from({ length: count }, (_, index) =>
          ctx.run(`run ${index}`, async () => {
            waiting.add(id);
            await aborted(controller.signal);
            return "run-cancelled";
          }),
        );
        const abort = cancelled(ctx, () => controller.abort("controller-abort"));
        const [raced] = await RestatePromise.allSettled([
          RestatePromise.race([RestatePromise.all(runs), abort]),
        ]);
        if (raced?.status !== "rejected") return "nothing was cancelled";
        return [controller.signal.reason, ...(await RestatePromise.all(runs))].join("-");
      },

      isWaiting: async (_ctx: Context, id: string): Promise<boolean> => waiting.has(id),

      /** Calls in batches, and cancels each; gives the ids of all. */
      cancelCalls: async (ctx: Context, batches: number[]): Promise<InvocationId[]> => {
        const ids: InvocationId[] = [];
        for (const times of batches) {
          block(ctx, times);
          ids.push(...(await (ctx as Told).cancelPreviousCalls()));
        }
        return ids;
      },

      block: sdk.handlers.handler(
        { input: sdk.serde.binary },
        async (ctx: Context, _input: Uint8Array): Promise<void> => {
          await RestatePromise.race([ctx.signal<void>("never"), cancelled(ctx)]);
        },
      ),
    },
    options: { explicitCancellation: true },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
