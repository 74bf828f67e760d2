/**
 * The services that are measured, made with whichever SDK: ours, or the reference one, whose names
 * ours has. Every answer is checked by the caller, so a handler adds up what its subtasks gave.
 */
import type * as RejoinSdk from "@rejoin/sdk";

export type Sdk = Pick<typeof RejoinSdk, "service" | "handlers" | "RestatePromise">;

type Context = RejoinSdk.Context;
type Results = RejoinSdk.RestatePromise<number>[];
type Definition = RejoinSdk.EndpointOptions["services"][number];

/** By default a subtask of the shape `random` ends within this time. */
const NAP_MS_MAX = 2000;
/** The server asks for suspension as soon as the attempt has the journal. */
const ALWAYS_SUSPENDED = { inactivityTimeout: 0 } as const;

export function createServices(sdk: Sdk, napMsMax = NAP_MS_MAX): Definition[] {
  const { handlers, RestatePromise } = sdk;

  const subtask = sdk.service({
    name: "subtask",
    handlers: {
      empty: async (_ctx: Context, id: number): Promise<number> => id,
      nap: async (ctx: Context, id: number): Promise<number> => {
        await ctx.sleep(Math.floor(ctx.rand.random() * napMsMax));
        return id;
      },
    },
  });

  const call = (ctx: Context, count: number, handler: "empty" | "nap"): Results => {
    const client = ctx.serviceClient(subtask);
    return Array.from({ length: count }, (_, id) => client[handler](id));
  };
  const joinAll = async (results: Results) => sum(await RestatePromise.all(results));
  const joinInOrder = async (results: Results) => {
    let total = 0;
    for await (const result of inCompletionOrder(sdk, results)) total += result;
    return total;
  };

  const fanout = sdk.service({
    name: "fanout",
    handlers: {
      empty: (ctx: Context, count: number) => joinAll(call(ctx, count, "empty")),
      random: (ctx: Context, count: number) => joinAll(call(ctx, count, "nap")),
      suspendedAll: handlers.handler(ALWAYS_SUSPENDED, (ctx: Context, count: number) =>
        joinAll(call(ctx, count, "empty")),
      ),
      suspendedOrder: handlers.handler(ALWAYS_SUSPENDED, (ctx: Context, count: number) =>
        joinInOrder(call(ctx, count, "empty")),
      ),
    },
  });

  const plain = sdk.service({
    name: "plain",
    handlers: {
      echo: async (_ctx: Context, text: string): Promise<string> => text,
      sequentialRuns: async (ctx: Context, count: number): Promise<number> => {
        let total = 0;
        for (let step = 0; step < count; step++) total += await ctx.run(() => step);
        return total;
      },
    },
  });

  return [subtask, fanout, plain];
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Without an iterator for it, as in the reference SDK, a race of those that are left. */
async function* inCompletionOrder(sdk: Sdk, results: Results): AsyncGenerator<number> {
  const { RestatePromise } = sdk;
  if (RestatePromise.inCompletionOrder !== undefined) {
    for await (const { promise } of RestatePromise.inCompletionOrder(results)) yield await promise;
    return;
  }
  const left = new Map(results.map((result, id) => [id, result]));
  while (left.size > 0) {
    const id = await RestatePromise.race([...left.values()]);
    left.delete(id);
    yield id;
  }
}
