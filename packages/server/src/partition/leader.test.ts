/** The leader: there is one way to recover, and it is the way to start. */
import { type Action, Engine, type PartitionStore, type Store, StoreError } from "@rejoin/engine";
import {
  createMemoryDisk,
  type MemoryDisk,
  openMemoryStore,
  type WriteFate,
} from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { ManualPorts } from "../testing/manual-ports.ts";
import {
  attempt,
  finish,
  Gate,
  invoke,
  keyOf,
  registryOf,
  run,
  START_MS,
} from "../testing/records.ts";
import { PartitionLeader } from "./leader.ts";

interface Options {
  readonly disk?: MemoryDisk;
  readonly ports?: ManualPorts;
  readonly partitions?: number;
  /** The fates of the next commits; then all succeed. */
  readonly fates?: (WriteFate | Promise<WriteFate>)[];
  /** What is thrown by the next openings; then all succeed. */
  readonly openings?: unknown[];
  /** Wraps the open partition. */
  readonly wrap?: (store: PartitionStore) => PartitionStore;
  /** Called after the actions of a batch were taken, and when those outside are told. */
  readonly acted?: () => void;
  readonly answer?: () => void;
}

function begin(options: Options = {}) {
  const { ports = new ManualPorts(), fates = [], openings = [], partitions = 1 } = options;
  const disk = options.disk ?? createMemoryDisk({ partitionCount: partitions });
  const inner = openMemoryStore(disk, {
    faults: { beforeCommit: async () => await (fates.shift() ?? "ok") },
  });
  const store: Store = Object.create(inner, {
    partitionCount: { value: partitions },
    open: {
      value: async (partition: number) => {
        const error = openings.shift();
        if (error !== undefined) throw error;
        const opened = await inner.open(partition);
        return options.wrap?.(opened) ?? opened;
      },
    },
  });
  const events: string[] = [];
  const actions: Action[] = [];
  const pokes: (readonly [number, number])[] = [];
  const leader = new PartitionLeader({
    engine: new Engine(0, partitions),
    store,
    registry: () => registryOf(),
    ports,
    limits: { ...DEFAULT_LIMITS, retentionIntervalMs: 1_000_000 },
    poke: (destination, source) => pokes.push([destination, source]),
    events: {
      act: (_, taken) => {
        actions.push(...taken);
        options.acted?.();
      },
      answer: () => options.answer?.(),
      lost: (partition, isFinal) => events.push(`lost ${partition}${isFinal ? " for good" : ""}`),
      opened: (partition) => events.push(`opened ${partition}`),
    },
  });
  const open = async () => {
    const opening = leader.open();
    opening.catch(() => undefined);
    await ports.settle();
    return await opening;
  };
  const startedKeys = () =>
    actions.flatMap((action) => (action.kind === "start" ? [action.invocation.key] : []));
  return { ports, disk, store, leader, events, actions, pokes, open, startedKeys };
}

const unavailable = () => new StoreError("UNAVAILABLE", "the store is away");

describe("opening", () => {
  it("starts what was invoked, fires what is overdue, reads what was sent, and tells the others", async () => {
    const disk = createMemoryDisk({ partitionCount: 3 });
    const first = begin({ disk, partitions: 3 });
    await first.open();
    first.leader.submit(invoke(keyOf(1)));
    first.leader.submit(invoke(keyOf(2), { scheduledFor: START_MS + 50 }));
    first.leader.submit(invoke(keyOf(3)));
    first.leader.submit(finish(keyOf(3)));
    await first.ports.settle();
    first.leader.abandon();
    first.ports.setTime(START_MS + 100);
    const second = begin({ disk, partitions: 3, ports: first.ports });
    await second.open();
    await second.ports.advance(0);
    expect(second.events).toEqual(["opened 0"]);
    expect(second.startedKeys().toSorted()).toEqual([keyOf(1), keyOf(2)].toSorted());
    expect(second.pokes).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it("rejects when the store cannot be opened the first time", async () => {
    const { open, leader } = begin({ openings: [unavailable()] });
    await expect(open()).rejects.toThrow("the store is away");
    expect(leader.submit(invoke(keyOf(1)))).toBe(false);
  });

  it("fences the leader before: that one is over for good", async () => {
    const disk = createMemoryDisk({ partitionCount: 1 });
    const first = begin({ disk });
    await first.open();
    const second = begin({ disk, ports: first.ports });
    await second.open();
    first.leader.submit(invoke(keyOf(1)));
    await first.ports.settle();
    expect(first.events).toEqual(["opened 0", "lost 0 for good"]);
    expect(first.actions).toEqual([]);
    await first.ports.advance(60_000);
    expect(first.events).toHaveLength(2);
    second.leader.submit(invoke(keyOf(2)));
    await second.ports.settle();
    expect(second.startedKeys()).toEqual([keyOf(2)]);
  });
});

describe("a fault between a commit and its answers", () => {
  it("opens the partition anew, after those outside were told, whatever that came to", async () => {
    const told: string[] = [];
    let reads = 0;
    const begun = begin({
      acted: () => {
        reads += 1;
        if (reads > 1) return;
        queueMicrotask(() => {
          const { store } = begun.leader;
          if (store !== undefined) begun.leader.fault(store, unavailable());
        });
      },
      answer: () => {
        told.push(begun.events.at(-1) ?? "");
        if (told.length === 1) throw new Error("an observer's bug");
      },
    });
    await begun.open();
    begun.leader.submit(invoke(keyOf(1)));
    await begun.ports.settle();
    expect(told).toEqual(["opened 0"]);
    expect(begun.events).toEqual(["opened 0", "lost 0"]);
    await begun.ports.advance(1000);
    expect(begun.events.slice(2)).toEqual(["opened 0"]);
  });
});

describe("a commit whose outcome is unknown", () => {
  for (const fate of ["fail-before", "fail-after"] as const) {
    it(`(${fate}) ends the epoch; the next one goes on with what is durable`, async () => {
      const { open, leader, ports, events, actions, startedKeys } = begin({ fates: ["ok", fate] });
      await open();
      leader.submit(invoke(keyOf(1)));
      await ports.settle();
      leader.submit(invoke(keyOf(2)));
      await ports.settle();
      expect(events).toEqual(["opened 0", "lost 0"]);
      expect(leader.submit(invoke(keyOf(3)))).toBe(false);
      await ports.advance(100);
      expect(events).toEqual(["opened 0", "lost 0", "opened 0"]);
      const survivors = fate === "fail-after" ? [keyOf(1), keyOf(2)] : [keyOf(1)];
      expect(new Set(startedKeys())).toEqual(new Set(survivors));
      expect(leader.submit(finish(keyOf(1)))).toBe(true);
      await ports.settle();
      expect(actions.at(-1)).toMatchObject({ kind: "completed", key: keyOf(1) });
    });
  }

  it("voids what was applied on top of it", async () => {
    const gate = new Gate<WriteFate>();
    const { open, leader, ports, events, actions } = begin({ fates: ["ok", gate.promise] });
    await open();
    leader.submit(invoke(keyOf(1)));
    await ports.settle();
    leader.submit(attempt(keyOf(1), [run(1)]));
    await ports.settle();
    leader.submit(finish(keyOf(1)));
    await ports.settle();
    gate.open("fail-before");
    await ports.advance(100);
    expect(events).toEqual(["opened 0", "lost 0", "opened 0"]);
    expect(leader.latest(keyOf(1))).toMatchObject({ status: "invoked", commandCount: 1 });
    expect(actions.map((action) => action.kind)).toEqual(["start", "start"]);
  });
});

describe("opening anew", () => {
  it("is tried again, at longer and longer intervals, until it succeeds", async () => {
    const failing = Array.from({ length: 4 }, unavailable);
    const openings: unknown[] = [undefined, ...failing];
    const begun = begin({ fates: ["fail-before"], openings });
    await begun.open();
    begun.leader.submit(invoke(keyOf(1)));
    await begun.ports.settle();
    const before = begun.ports.clock.now();
    await begun.ports.until(() => begun.events.length === 3, 60_000);
    const elapsed = begun.ports.clock.now() - before;
    expect(elapsed).toBeGreaterThanOrEqual(50 + 100 + 200 + 400 + 800);
    expect(begun.leader.submit(invoke(keyOf(1)))).toBe(true);
  });

  it("begins with a short interval again once a commit has succeeded", async () => {
    const fates: WriteFate[] = ["fail-before", "ok", "fail-before"];
    const { open, leader, ports, events } = begin({ fates });
    await open();
    for (const n of [1, 2, 3]) {
      leader.submit(invoke(keyOf(n)));
      await ports.settle();
      await ports.advance(60);
    }
    expect(events.filter((event) => event === "opened 0")).toHaveLength(3);
  });

  it("that cannot succeed any more is given up, and those who wait are told", async () => {
    const damaged = new StoreError("DATA_CORRUPTION", "a row is damaged");
    const { open, leader, ports, events } = begin({
      fates: ["fail-before"],
      openings: [undefined, damaged],
    });
    await open();
    leader.submit(invoke(keyOf(1)));
    await ports.settle();
    await ports.advance(60_000);
    expect(events).toEqual(["opened 0", "lost 0", "lost 0 for good"]);
    expect(ports.timerCount).toBe(0);
  });
});

describe("a read that fails, of whichever part of the leader,", () => {
  const reads = ["scan", "readMailbox"] as const;
  for (const read of reads) {
    it(`(${read}) ends the epoch, and its processor does nothing any more`, async () => {
      let broken = false;
      const { open, leader, ports, events, actions } = begin({
        partitions: 2,
        wrap: (store) =>
          new Proxy(store, {
            get: (target, property) => {
              const value: unknown = Reflect.get(target, property, target);
              if (typeof value !== "function") return value;
              if (property !== read) return value.bind(target);
              return (...args: unknown[]) =>
                broken ? Promise.reject(unavailable()) : value.apply(target, args);
            },
          }),
      });
      await open();
      leader.submit(invoke(keyOf(1)));
      await ports.settle();
      const before = actions.length;
      broken = true;
      const { processor } = leader;
      if (read === "scan") leader.rescan();
      else leader.poke(1);
      leader.submit(invoke(keyOf(2)));
      await ports.settle();
      expect(events).toEqual(["opened 0", "lost 0"]);
      broken = false;
      processor?.submit(invoke(keyOf(3)));
      await ports.settle();
      expect(actions.length).toBe(before);
      await ports.advance(200);
      expect(events).toEqual(["opened 0", "lost 0", "opened 0"]);
    });
  }

  it("reported by the invoker counts only for the epoch that it read", async () => {
    const { open, leader, ports, events } = begin();
    await open();
    const { store } = leader;
    if (store === undefined) throw new Error("the partition is not open");
    leader.fault(store, unavailable());
    await ports.advance(100);
    expect(events).toEqual(["opened 0", "lost 0", "opened 0"]);
    leader.fault(store, unavailable());
    await ports.advance(100);
    expect(events).toHaveLength(3);
  });
});

describe("the end", () => {
  it("by closing commits what is queued", async () => {
    const { open, leader, ports, disk } = begin();
    await open();
    leader.submit(invoke(keyOf(1)));
    const closing = leader.close();
    await ports.settle();
    await closing;
    expect(leader.submit(invoke(keyOf(2)))).toBe(false);
    const next = begin({ disk, ports });
    await next.open();
    await ports.settle();
    expect(next.startedKeys()).toEqual([keyOf(1)]);
    expect(leader.store).toBeUndefined();
  });

  it("by abandoning commits nothing more, and opens nothing anew", async () => {
    const { open, leader, ports, disk, events } = begin({ fates: ["fail-before"] });
    await open();
    leader.submit(invoke(keyOf(1)));
    await ports.settle();
    leader.abandon();
    await ports.advance(60_000);
    expect(events).toEqual(["opened 0", "lost 0"]);
    expect(ports.timerCount).toBe(0);
    const next = begin({ disk, ports });
    await next.open();
    await ports.settle();
    expect(next.startedKeys()).toEqual([]);
  });

  it("during the opening leaves nothing running", async () => {
    const { leader, ports } = begin();
    const opening = leader.open();
    leader.abandon();
    await ports.settle();
    await opening;
    expect(leader.store).toBeUndefined();
    expect(ports.timerCount).toBe(0);
  });
});
