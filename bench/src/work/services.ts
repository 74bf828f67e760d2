/**
 * The services that are measured, made with whichever SDK: ours, or the reference one, whose names
 * ours has. Every answer is checked by the caller, so a handler adds up what its subtasks gave.
 */
import type * as RejoinSdk from "@rejoin/sdk";

export type Sdk = Pick<typeof RejoinSdk, "service" | "object" | "handlers" | "RestatePromise">;

type Context = RejoinSdk.Context;
type Results = RejoinSdk.RestatePromise<number>[];
type Definition = RejoinSdk.EndpointOptions["services"][number];

/** How long what the soak did can be looked at. */
export const SOAK_RETENTION_MS = 60_000;

/** What `plant` does: so many invocations that sleep for so long. */
export interface Planting {
  readonly count: number;
  readonly ms: number;
}

const SUBTASK = { name: "subtask" } as const;
const TREE = { name: "tree" } as const;
type Subtask = RejoinSdk.ServiceDefinition<
  "subtask",
  { empty: (ctx: Context, id: number) => Promise<number> }
>;
type Tree = RejoinSdk.ServiceDefinition<
  "tree",
  { branch: (ctx: Context, children: readonly number[]) => Promise<number> }
>;

/** By default a subtask of the shape `random` ends within this time. */
const NAP_MS_MAX = 2000;
/** The server asks for suspension as soon as the attempt has the journal. */
const ALWAYS_SUSPENDED = { inactivityTimeout: 0 } as const;

export function createServices(sdk: Sdk, napMsMax = NAP_MS_MAX): Definition[] {
  const { handlers, RestatePromise } = sdk;

  const subtask = sdk.service({
    name: SUBTASK.name,
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
      runAndEcho: async (ctx: Context, text: string): Promise<string> => ctx.run(() => text),
      parallelRuns: async (ctx: Context, count: number): Promise<number> =>
        joinAll(Array.from({ length: count }, (_, step) => ctx.run(() => step))),
      sequentialRuns: async (ctx: Context, count: number): Promise<number> => {
        let total = 0;
        for (let step = 0; step < count; step++) total += await ctx.run(() => step);
        return total;
      },
    },
  });

  const tree = sdk.service({ name: TREE.name, handlers: { branch: createBranch(sdk) } });

  const counter = sdk.object({
    name: "counter",
    handlers: {
      add: async (ctx: RejoinSdk.ObjectContext, amount: number): Promise<number> => {
        const sum = ((await ctx.get<number>("sum")) ?? 0) + amount;
        ctx.set("sum", sum);
        return sum;
      },
    },
  });

  return [subtask, fanout, plain, tree, counter, ...createSleepers(sdk), ...createSoak(sdk)];
}

/** The first level of `children` is this branch's, and what is left its children's. */
function createBranch({ RestatePromise }: Sdk) {
  return async (ctx: Context, [count = 0, ...deeper]: readonly number[]): Promise<number> => {
    const call = () =>
      deeper.length === 0
        ? ctx.serviceClient<Subtask>(SUBTASK).empty(1)
        : ctx.serviceClient<Tree>(TREE).branch(deeper);
    return sum(await RestatePromise.all(Array.from({ length: count }, call)));
  };
}

/** Invocations that do nothing but sleep, and what starts many of them. */
function createSleepers(sdk: Sdk): Definition[] {
  const sleeper = sdk.service({
    name: "sleeper",
    handlers: {
      sleep: sdk.handlers.handler(ALWAYS_SUSPENDED, async (ctx: Context, ms: number) => {
        await ctx.sleep(ms);
        return ms;
      }),
    },
  });
  const planter = sdk.service({
    name: "planter",
    handlers: {
      plant: async (ctx: Context, { count, ms }: Planting): Promise<number> => {
        for (let i = 0; i < count; i++) ctx.serviceSendClient(sleeper).sleep(ms);
        return count;
      },
    },
  });
  return [sleeper, planter];
}

/** A fan-out that is forgotten soon, so that a store can be seen not to grow. */
function createSoak(sdk: Sdk): Definition[] {
  const options = { journalRetention: SOAK_RETENTION_MS, idempotencyRetention: SOAK_RETENTION_MS };
  const leaf = sdk.service({
    name: "soakLeaf",
    handlers: { empty: async (_ctx: Context, id: number): Promise<number> => id },
    options,
  });
  const soak = sdk.service({
    name: "soak",
    handlers: {
      fanout: async (ctx: Context, count: number): Promise<number> => {
        const call = (_: unknown, id: number) => ctx.serviceClient(leaf).empty(id);
        return sum(await sdk.RestatePromise.all(Array.from({ length: count }, call)));
      },
    },
    options,
  });
  return [leaf, soak];
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
