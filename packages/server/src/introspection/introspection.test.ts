import { type Invocation, invocationRowKey } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { Introspection as Whole } from "./introspection.ts";
import type { ListLimits } from "./list-invocations.ts";
import type { OpenPartitions } from "./partition-reads.ts";
import { invocationOf, keyOf, openWith } from "./testing/stored.ts";

const START_MS = 1_700_000_000_000;
const LIMITS = { introspectionRowsMax: 20_000 };
const all = () => true;

/** Without a mirror. */
class Introspection extends Whole {
  constructor(partitions: OpenPartitions, limits: ListLimits) {
    const context = () => ({ nowMs: START_MS, isInFlight: () => false });
    super({ partitions, limits, mirror: undefined, partitionOfInstance: () => 0, context });
  }
}

function some(
  count: number,
  places: number,
  rest: (i: number) => Partial<Invocation> = () => ({}),
) {
  return Array.from({ length: count }, (_, i) =>
    invocationOf(keyOf(START_MS + i, i % places), rest(i)),
  );
}

/** Every page until there is no next. */
async function listAll(
  introspection: Introspection,
  limit: number,
  matches: (invocation: Invocation) => boolean = all,
) {
  const keys: InvocationKey[] = [];
  let after: InvocationKey | undefined;
  let pages = 0;
  do {
    const page = await introspection.scan({ matches, limit, after });
    expect(page.invocations.length).toBeLessThanOrEqual(limit);
    keys.push(...page.invocations.map(({ key }) => key));
    after = page.next;
    pages += 1;
  } while (after !== undefined);
  return { keys, pages };
}

describe("a list", () => {
  it.each([1, 3, 7])(
    "goes from the newest to the oldest over %i partitions",
    async (partitions) => {
      const invocations = some(700, partitions);
      const introspection = new Introspection(await openWith(invocations, partitions), LIMITS);
      const newestFirst = invocations.map(({ key }) => key).reverse();
      for (const limit of [1000, 100, 99]) {
        expect((await listAll(introspection, limit)).keys).toEqual(newestFirst);
      }
    },
  );

  it("has pages over partitions of very different size", async () => {
    const invocations = some(600, 1).map((invocation, i) =>
      i % 300 === 7 ? { ...invocation, key: keyOf(START_MS + i, 1) } : invocation,
    );
    const introspection = new Introspection(await openWith(invocations, 2), LIMITS);
    const newestFirst = invocations.map(({ key }) => key).reverse();
    expect((await listAll(introspection, 50)).keys).toEqual(newestFirst);
  });

  it("holds what matches", async () => {
    const invocations = some(400, 2, (i) => ({ status: i % 10 === 0 ? "paused" : "completed" }));
    const introspection = new Introspection(await openWith(invocations, 2), LIMITS);
    const { keys } = await listAll(introspection, 7, ({ status }) => status === "paused");
    const paused = invocations.filter(({ status }) => status === "paused").map(({ key }) => key);
    expect(keys).toEqual(paused.reverse());
  });

  it("looks at a bounded number of invocations, and says where to go on", async () => {
    const invocations = some(1500, 1, (i) => ({ status: i === 0 ? "paused" : "completed" }));
    const introspection = new Introspection(await openWith(invocations), {
      introspectionRowsMax: 500,
    });
    const matches = ({ status }: Invocation) => status === "paused";
    const first = await introspection.scan({ matches, limit: 10, after: undefined });
    expect(first.invocations).toEqual([]);
    expect(first.next).toBeDefined();
    const { keys, pages } = await listAll(introspection, 10, matches);
    expect(keys).toEqual([invocations[0]?.key]);
    expect(pages).toBe(3);
  });

  it("is empty without invocations", async () => {
    const introspection = new Introspection(await openWith([], 3), LIMITS);
    const page = await introspection.scan({ matches: all, limit: 10, after: undefined });
    expect(page).toEqual({ invocations: [], next: undefined });
  });
});

describe("invocations in flight on a deployment", () => {
  const pin = (deploymentId: string) => ({ pin: { deploymentId, protocolVersion: 7 } });

  it("are those that are pinned to it and have not completed", async () => {
    const invocations = some(900, 2, (i) => ({
      status: i % 3 === 0 ? "suspended" : "completed",
      ...(i % 2 === 0 ? pin("dp_1") : {}),
    }));
    const introspection = new Introspection(await openWith(invocations, 2, 30), LIMITS);
    const found = await introspection.findInFlight("dp_1");
    expect(found).toMatchObject({ count: 150, isComplete: true });
    expect(found.first).toHaveLength(5);
    expect(await introspection.findInFlight("dp_2")).toMatchObject({ count: 0, isComplete: true });
  });

  it("are searched up to a bound", async () => {
    const invocations = some(900, 1, () => ({ status: "suspended", ...pin("dp_1") }));
    const limits = { introspectionRowsMax: 300 };
    const introspection = new Introspection(await openWith(invocations, 1, 100), limits);
    expect(await introspection.findInFlight("dp_1")).toMatchObject({
      count: 300,
      isComplete: false,
    });
  });

  it("may be on a list and gone", async () => {
    const partitions = await openWith(some(3, 1, () => ({ status: "suspended", ...pin("dp_1") })));
    const [store] = partitions.all();
    const { key } = invocationOf(keyOf(START_MS + 1));
    const gone = { key: invocationRowKey(key), value: undefined };
    await store?.commit({ number: 2, timeMs: 1, writes: [gone], messages: [], consumed: [] });
    const introspection = new Introspection(partitions, LIMITS);
    expect(await introspection.findInFlight("dp_1")).toMatchObject({ count: 2, isComplete: true });
  });
});

it("refuses while a partition is not open", async () => {
  const partitions = await openWith([], 2);
  const closed = { ...partitions, all: () => [partitions.all()[0], undefined] };
  const introspection = new Introspection(closed, LIMITS);
  const unavailable = { code: "UNAVAILABLE", message: expect.stringContaining("partition 1") };
  const list = introspection.scan({ matches: all, limit: 1, after: undefined });
  await expect(list).rejects.toMatchObject(unavailable);
  await expect(introspection.findInFlight("dp_1")).rejects.toMatchObject(unavailable);
});
