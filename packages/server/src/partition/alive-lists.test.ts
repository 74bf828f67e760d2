/** Restart lists: what is alive can be found again, and a list goes with the last one on it. */
import {
  aliveRowKey,
  Batch,
  type Effects,
  Engine,
  encodeAliveList,
  Tag,
  tagRange,
} from "@rejoin/engine";
import { createMemoryStore } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { ManualPorts } from "../testing/manual-ports.ts";
import { attach, attempt, finish, invoke, keyOf, registryOf, run } from "../testing/records.ts";
import { AliveLists } from "./alive-lists.ts";
import { PartitionProcessor } from "./processor.ts";
import { recover } from "./recovery.ts";
import { RowCache } from "./row-cache.ts";
import { StatusCounts } from "./status-counts.ts";

const NOTHING: Effects = {
  writes: [],
  appends: [],
  rawWrites: [],
  born: [],
  completed: [],
  expiries: [],
  expiryLists: [],
  messages: [],
  consumed: undefined,
  actions: [],
};

function effects(
  born: readonly number[],
  completed: readonly (readonly [number, number])[] = [],
): Effects {
  return {
    ...NOTHING,
    born: born.map((n) => keyOf(n)),
    completed: completed.map(([n, bornIn]) => ({ key: keyOf(n), bornIn })),
  };
}

function deletedBy(batch: Batch): string[] {
  return batch.extraWrites.map(({ key }) => Buffer.from(key).toString("hex"));
}

describe("the list of a batch", () => {
  it("names those born in it that still live when it is committed", () => {
    const alive = new AliveLists();
    const batch = new Batch(5);
    for (const each of [effects([1, 2, 3]), effects([], [[2, 5]])]) {
      batch.add(each);
      alive.applied(each, 5);
    }
    expect(alive.seal(batch)).toEqual([keyOf(1), keyOf(3)]);
  });

  it("is not written when everyone has completed already", () => {
    const alive = new AliveLists();
    const batch = new Batch(5);
    for (const each of [effects([1]), effects([], [[1, 5]])]) {
      batch.add(each);
      alive.applied(each, 5);
    }
    expect(alive.seal(batch)).toEqual([]);
    expect(alive.hasEmptied).toBe(false);
  });

  it("is deleted by the commit of the batch in which its last one completes, and not before", () => {
    const alive = new AliveLists();
    const [first, second, third] = [new Batch(1), new Batch(2), new Batch(3)];
    first.add(effects([1, 2]));
    alive.applied(effects([1, 2]), 1);
    alive.seal(first);
    alive.applied(effects([3], [[1, 1]]), 2);
    second.add(effects([3]));
    expect(alive.hasEmptied).toBe(false);
    alive.seal(second);
    expect(deletedBy(second)).toEqual([]);
    alive.applied(effects([], [[2, 1]]), 3);
    expect(alive.hasEmptied).toBe(true);
    alive.seal(third);
    expect(deletedBy(third)).toEqual([Buffer.from(aliveRowKey(1)).toString("hex")]);
    expect(alive.hasEmptied).toBe(false);
  });

  it("of the batch in flight counts what completes in the next one", () => {
    const alive = new AliveLists();
    const inFlight = new Batch(1);
    inFlight.add(effects([1]));
    alive.applied(effects([1]), 1);
    expect(alive.seal(inFlight)).toEqual([keyOf(1)]);
    alive.applied(effects([], [[1, 1]]), 2);
    const next = new Batch(2);
    alive.seal(next);
    expect(deletedBy(next)).toHaveLength(1);
  });
});

describe("a list that is found in the store", () => {
  it("is counted page by page; who completes after its page was looked at does not count", () => {
    const alive = new AliveLists();
    alive.beginCount(1);
    alive.countPage([keyOf(1), keyOf(2)], 2);
    alive.applied(effects([], [[1, 1]]), 9);
    alive.countPage([keyOf(3)], 1);
    alive.endCount();
    alive.applied(effects([], [[3, 1]]), 9);
    expect(alive.hasEmptied).toBe(false);
    alive.applied(effects([], [[2, 1]]), 9);
    expect(alive.hasEmptied).toBe(true);
  });

  it("is deleted when nobody on it lives", () => {
    const alive = new AliveLists();
    alive.beginCount(1);
    alive.countPage([keyOf(1)], 0);
    alive.endCount();
    const batch = new Batch(9);
    alive.seal(batch);
    expect(deletedBy(batch)).toHaveLength(1);
  });

  it("and empties while it is counted is deleted too", () => {
    const alive = new AliveLists();
    alive.beginCount(1);
    alive.countPage([keyOf(1)], 1);
    alive.applied(effects([], [[1, 1]]), 9);
    alive.countPage([keyOf(2)], 0);
    alive.endCount();
    expect(alive.hasEmptied).toBe(true);
  });
});

describe("recovery", () => {
  async function open(count: number, recoverKeysMax: number) {
    const ports = new ManualPorts();
    const store = createMemoryStore({ partitionCount: 1 });
    const first = await store.open(0);
    const keys = Array.from({ length: count }, (_, i) => keyOf(i + 1));
    const limits = { ...DEFAULT_LIMITS, recoverKeysMax, restartListsPage: 2 };
    const processorOf = (own: typeof first) =>
      new PartitionProcessor({
        engine: new Engine(0, 1),
        store: own,
        cache: new RowCache(limits),
        registry: () => registryOf(),
        ports,
        limits,
        act: (actions) => {
          for (const action of actions)
            if (action.kind === "start") started.push(action.invocation.key);
        },
        onFailure: (error) => {
          throw error;
        },
      });
    const started: string[] = [];
    const before = processorOf(first);
    for (const key of keys) before.submit(invoke(key));
    await ports.settle();
    before.abandon();
    started.length = 0;
    const second = await store.open(0);
    const processor = processorOf(second);
    const listCount = async () => (await second.scan(tagRange(Tag.alive), { limit: 1000 })).length;
    const recovering = recover(
      {
        count: true,
        store: second,
        reader: processor,
        alive: processor.alive,
        statuses: processor.statuses,
        limits,
        submit: (record, applied) => processor.submit(record, applied),
      },
      () => false,
    );
    return { ports, processor, keys, started, listCount, recovering };
  }

  it("starts again all that was invoked, over many lists and many pages of one", async () => {
    const { ports, keys, started, recovering } = await open(7, 3);
    await ports.settle();
    await recovering;
    await ports.settle();
    expect(started.toSorted()).toEqual(keys.toSorted());
  });

  it("leaves no list behind when all have completed, whenever that happens", async () => {
    for (const pages of [1, 3, 10]) {
      const { ports, processor, keys, recovering, listCount } = await open(7, pages);
      // Everyone completes while the lists are being walked.
      for (const key of keys) {
        processor.submit(finish(key));
        await Promise.resolve();
      }
      await ports.settle();
      await recovering;
      await ports.settle();
      processor.submit(invoke(keyOf(1000)));
      await ports.settle();
      processor.submit(finish(keyOf(1000)));
      await ports.settle();
      processor.submit(attempt(keyOf(1000), [run(1)]));
      processor.submit(attach(keyOf(1000)));
      await ports.settle();
      expect(await listCount()).toBe(0);
    }
  });

  it("reads a list that an earlier version of the row wrote with nobody on it", async () => {
    const ports = new ManualPorts();
    const store = createMemoryStore({ partitionCount: 1 });
    const partition = await store.open(0);
    await partition.commit({
      number: 1,
      timeMs: 1,
      writes: [{ key: aliveRowKey(1), value: encodeAliveList([]) }],
      messages: [],
      consumed: [],
    });
    const alive = new AliveLists();
    const reader = {
      row: () => null,
      derived: () => ({ index: undefined, awaiting: undefined, awaitingOf: 0 }),
    };
    const { restartListsPage, recoverKeysMax } = DEFAULT_LIMITS;
    const limits = { restartListsPage, recoverKeysMax };
    const submit = () => undefined;
    const statuses = new StatusCounts(0);
    const options = { store: partition, reader, alive, statuses, limits, submit };
    await recover({ count: true, ...options }, () => false);
    await ports.settle();
    expect(alive.hasEmptied).toBe(true);
  });
});
