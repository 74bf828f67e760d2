/**
 * What a fan-out costs in the SDK alone: microseconds of CPU, per leaf subtask
 * (open, Start and Input, handler, Output and End) and per call of the parent.
 *
 *   npx esbuild packages/sdk/src/testing/fan-out-bench.ts --bundle --platform=node \
 *     --format=esm --conditions=rejoin:source --outfile=/tmp/bench.mjs && node --cpu-prof /tmp/bench.mjs
 */
import type { EndpointMessage, ServerMessage, StartMessage } from "@rejoin/protocol";
import {
  type Context,
  createInProcessEndpoint,
  type InProcessEndpoint,
  type InProcessSink,
  RestatePromise,
  service,
} from "../index.ts";

type Sub = { id: number };

const worker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, count: number): Promise<number> => {
      const promises = [];
      for (let id = 0; id < count; id++) {
        promises.push(ctx.serviceClient(worker).runSubtask({ id }));
      }
      const results = await RestatePromise.all(promises);
      return results.length;
    },
    inOrder: async (ctx: Context, count: number): Promise<number> => {
      const promises = [];
      for (let id = 0; id < count; id++) {
        promises.push(ctx.serviceClient(worker).runSubtask({ id }));
      }
      let sum = 0;
      for await (const item of RestatePromise.inCompletionOrder(promises)) {
        sum += (await item.promise).id;
      }
      return sum;
    },
    runSubtask: async (_ctx: Context, sub: Sub): Promise<Sub> => ({ id: sub.id + 1 }),
  },
});

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const leafInput = encode({ id: 7 });
const result = encode({ id: 8 });

function start(knownEntries: number): StartMessage {
  return {
    kind: "start",
    id: new Uint8Array(24),
    debugId: "inv_1",
    knownEntries,
    stateMap: [],
    partialState: true,
    key: "",
    retryCountSinceLastStoredEntry: 0,
    durationSinceLastStoredEntryMs: 0,
    randomSeed: { high: 0, low: 1 },
  };
}

const input = (value: Uint8Array): ServerMessage => ({
  kind: "input",
  name: "",
  headers: [],
  value,
});
const headers: ReadonlyMap<string, string> = new Map();

async function leaves(endpoint: InProcessEndpoint, count: number): Promise<number> {
  let ended = 0;
  let done = () => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sink: InProcessSink = {
    send: () => {},
    end: () => {
      if (++ended === count) done();
    },
  };
  const before = process.hrtime.bigint();
  for (let index = 0; index < count; index++) {
    const request = { service: "worker", handler: "runSubtask", version: 7 as const, headers };
    endpoint.open(request, sink).receive([start(1), input(leafInput)]);
  }
  await all;
  return Number(process.hrtime.bigint() - before) / 1000 / count;
}

async function parent(
  endpoint: InProcessEndpoint,
  handler: string,
  count: number,
  trickle: boolean,
): Promise<number> {
  let calls = 0;
  let issued = () => {};
  let done = () => {};
  const allIssued = new Promise<void>((resolve) => {
    issued = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sink: InProcessSink = {
    send: (messages: readonly EndpointMessage[]) => {
      for (const message of messages) if (message.kind === "call") calls++;
      if (calls === count) issued();
    },
    end: () => done(),
  };
  const before = process.hrtime.bigint();
  const attempt = endpoint.open({ service: "worker", handler, version: 7, headers }, sink);
  attempt.receive([start(1), input(encode(count))]);
  await allIssued;
  const ids: ServerMessage[] = [];
  const results: ServerMessage[] = [];
  for (let index = 0; index < count; index++) {
    const completionId = 1 + index * 2;
    ids.push({
      kind: "callInvocationIdCompletion",
      completionId,
      result: { kind: "invocationId", invocationId: "inv_child" },
    });
    results.push({
      kind: "callCompletion",
      completionId: completionId + 1,
      result: { kind: "value", value: result },
    });
  }
  attempt.receive(ids);
  if (trickle) for (const message of results) attempt.receive([message]);
  else attempt.receive(results);
  await ended;
  return Number(process.hrtime.bigint() - before) / 1000 / count;
}

const ROUNDS = 12;

/** CPU time is measured, threads of the garbage collector included; the best round counts. */
async function main(): Promise<void> {
  const endpoint = createInProcessEndpoint({ services: [worker] });
  const best: Record<string, number> = {};
  const measure = async (name: string, count: number, work: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, (user + system) / count);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await measure("leaf", 20_000, () => leaves(endpoint, 20_000));
    await measure("leaf, 500 at a time", 20_000, async () => {
      for (let batch = 0; batch < 40; batch++) await leaves(endpoint, 500);
    });
    await measure("all", 20_000, () => parent(endpoint, "run", 20_000, false));
    await measure("all, trickling", 20_000, () => parent(endpoint, "run", 20_000, true));
    await measure("in completion order", 20_000, () => parent(endpoint, "inOrder", 20_000, false));
  }
  for (const [name, micros] of Object.entries(best)) {
    console.log(`${name}: ${micros.toFixed(2)} µs of CPU per item`);
  }
}

await main();
