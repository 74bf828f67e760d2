/**
 * What a result costs the SDK alone, by how many there are: a handler that waits for N calls, and a
 * transport that hands it one result after the other. There is no server, no socket and no disk.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type Context,
  createInProcessEndpoint,
  type InProcessAttempt,
  type InProcessEndpoint,
  RestatePromise,
  service,
} from "@rejoin/sdk";

type ServerMessage = Parameters<InProcessAttempt["receive"]>[0][number];

const CONCURRENCY = 100;

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const call = (ctx: Context, id: number) => ctx.serviceClient(worker).subtask({ id });
const sum = (results: readonly { readonly id: number }[]) =>
  results.reduce((total, { id }) => total + id, 0);

const worker = service({
  name: "worker",
  handlers: {
    subtask: async (_ctx: Context, input: { id: number }): Promise<{ id: number }> => input,
    all: async (ctx: Context, count: number): Promise<number> =>
      sum(await RestatePromise.all(range(count).map((id) => call(ctx, id)))),
    inCompletionOrder: async (ctx: Context, count: number): Promise<number> => {
      let total = 0;
      const calls = range(count).map((id) => call(ctx, id));
      for await (const { promise } of RestatePromise.inCompletionOrder(calls)) {
        total += (await promise).id;
      }
      return total;
    },
    map: async (ctx: Context, count: number): Promise<number> =>
      sum(await ctx.map(range(count), (id) => call(ctx, id))),
    mapBounded: async (ctx: Context, count: number): Promise<number> =>
      sum(await ctx.map(range(count), (id) => call(ctx, id), { concurrency: CONCURRENCY })),
    mapSteps: async (ctx: Context, count: number): Promise<number> => {
      const step = async (id: number) => await call(ctx, id);
      return sum(await ctx.map(range(count), step, { concurrency: CONCURRENCY }));
    },
    mapUnordered: async (ctx: Context, count: number): Promise<number> => {
      let total = 0;
      const options = { concurrency: CONCURRENCY };
      for await (const { value } of ctx.mapUnordered(
        range(count),
        (id) => call(ctx, id),
        options,
      )) {
        total += value.id;
      }
      return total;
    },
  },
});

/** How a handler may wait for its calls, and in which words that is shown. */
const WAYS = {
  all: "RestatePromise.all",
  inCompletionOrder: "RestatePromise.inCompletionOrder",
  map: "ctx.map",
  mapBounded: `ctx.map, ${CONCURRENCY} at a time`,
  mapSteps: `ctx.map, ${CONCURRENCY} asynchronous functions at a time`,
  mapUnordered: `ctx.mapUnordered, ${CONCURRENCY} at a time`,
} as const;
type Way = keyof typeof WAYS;

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const RESULT = encode({ id: 1 });

function startMessages(count: number): readonly ServerMessage[] {
  return [
    {
      kind: "start",
      id: new Uint8Array(24),
      debugId: "inv_1",
      knownEntries: 1,
      stateMap: [],
      partialState: true,
      key: "",
      retryCountSinceLastStoredEntry: 0,
      durationSinceLastStoredEntryMs: 0,
      randomSeed: { high: 0, low: 1 },
    },
    { kind: "input", name: "", headers: [], value: encode(count) },
  ];
}

/** What the server writes about the nth call. */
function resultOf(index: number): readonly ServerMessage[] {
  const completionId = 1 + index * 2;
  return [
    {
      kind: "callInvocationIdCompletion",
      completionId,
      result: { kind: "invocationId", invocationId: "inv_child" },
    },
    {
      kind: "callCompletion",
      completionId: completionId + 1,
      result: { kind: "value", value: RESULT },
    },
  ];
}

/** Microseconds of CPU for each result, from the first that is delivered to the end. */
async function measure(endpoint: InProcessEndpoint, way: Way, count: number): Promise<number> {
  let calls = 0;
  let ended = false;
  const request = { service: "worker", handler: way, version: 7 as const, headers: new Map() };
  const attempt = endpoint.open(request, {
    send: (messages) => {
      for (const { kind } of messages) if (kind === "call") calls++;
    },
    end: () => {
      ended = true;
    },
  });
  attempt.receive(startMessages(count));
  while (calls < Math.min(count, CONCURRENCY)) await nextTurn();
  await nextTurn();
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) {
    while (calls <= index) await nextTurn();
    attempt.receive(resultOf(index));
    await nextTurn();
  }
  while (!ended) await nextTurn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** The best of so many runs of one size, in microseconds for each result. */
export interface FanInRow {
  readonly way: string;
  readonly microsBySize: readonly number[];
}

export async function measureFanIn(
  sizes: readonly number[],
  runs: number,
): Promise<readonly FanInRow[]> {
  const endpoint = createInProcessEndpoint({ services: [worker] });
  const rows: FanInRow[] = [];
  for (const way of Object.keys(WAYS) as Way[]) {
    await measure(endpoint, way, Math.max(...sizes));
    const microsBySize: number[] = [];
    for (const size of sizes) {
      // A small size is repeated until it has seen as many results as a large one.
      const repeated = Math.max(1, Math.floor(Math.max(...sizes) / size / 4));
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < runs; run++) {
        let micros = 0;
        for (let time = 0; time < repeated; time++) micros += await measure(endpoint, way, size);
        best = Math.min(best, micros / repeated);
      }
      microsBySize.push(best);
    }
    rows.push({ way: WAYS[way], microsBySize });
  }
  return rows;
}

/** A table: a column for each size, and how the largest compares with the smallest. */
export function formatFanIn(sizes: readonly number[], rows: readonly FanInRow[]): string {
  const width = Math.max(...rows.map(({ way }) => way.length));
  const head = sizes.map((size) => size.toLocaleString("en").padStart(9)).join("");
  const lines = rows.map(({ way, microsBySize }) => {
    const cells = microsBySize.map((micros) => micros.toFixed(2).padStart(9)).join("");
    const growth = (microsBySize.at(-1) ?? 0) / (microsBySize[0] ?? 1);
    return `${way.padEnd(width)}${cells}   × ${growth.toFixed(2)}`;
  });
  const title = "fan-in of the SDK alone: µs of CPU for each result, by number of results";
  return [title, "", `${" ".repeat(width)}${head}`, ...lines, ""].join("\n");
}
