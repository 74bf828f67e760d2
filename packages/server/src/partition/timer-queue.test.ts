/** Durable timers: every one fires once, in order and on time, however few are in memory. */
import { type Reads, type Row, type TimerId, timerRowKey, timerRowValue } from "@rejoin/engine";
import { createInvocationKey, ulidBytes } from "@rejoin/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, ManualPorts } from "../testing/manual-ports.ts";
import { TimerQueue } from "./timer-queue.ts";

const START = 1_700_000_000_000;

function timer(id: number, dueMs: number): TimerId {
  const invocation = createInvocationKey(
    { high: 0, low: id },
    ulidBytes(0, new Uint8Array(10), id),
  );
  return { timeMs: START + dueMs, invocation, id, bornIn: 1 };
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Timers in a store that takes its time to answer. */
class TimerStore implements Reads {
  readonly rows = new Map<string, TimerId>();
  scans = 0;
  /** How long the next scans take, and whether they see what was there when they were called. */
  delays: { readonly ms: number; readonly sees: "called" | "served" }[] = [];
  private readonly ports: ManualPorts;

  constructor(ports: ManualPorts) {
    this.ports = ports;
  }

  set(...timers: readonly TimerId[]): void {
    for (const entry of timers) this.rows.set(latin1(timerRowKey(entry)), entry);
  }

  delete(entry: TimerId): void {
    this.rows.delete(latin1(timerRowKey(entry)));
  }

  async getMany(): Promise<undefined[]> {
    return [];
  }

  async scan(range: { gte: Uint8Array; lt: Uint8Array }, { limit }: { limit: number }) {
    this.scans += 1;
    const { ms = 0, sees = "served" } = this.delays.shift() ?? {};
    const called = this.read(range, limit);
    if (ms > 0) await new Promise<void>((resolve) => void this.ports.timers.after(ms, resolve));
    return sees === "called" ? called : this.read(range, limit);
  }

  private read(range: { gte: Uint8Array; lt: Uint8Array }, limit: number): Row[] {
    const [gte, lt] = [latin1(range.gte), latin1(range.lt)];
    const keys = [...this.rows.keys()].filter((key) => key >= gte && key < lt).sort();
    return keys.slice(0, limit).map((key) => {
      const entry = this.rows.get(key) ?? timer(0, 0);
      return { key: timerRowKey(entry), value: timerRowValue() };
    });
  }
}

function begin({ capacity = 3, deleteAfterMs = 0 } = {}) {
  const ports = new ManualPorts();
  const store = new TimerStore(ports);
  const fired: { readonly id: number; readonly at: number }[] = [];
  const failures: unknown[] = [];
  const queue = new TimerQueue({
    store,
    ports,
    capacity,
    fire: (entry) => {
      fired.push({ id: entry.id, at: ports.clock.now() - START });
      // Its row goes with the commit of the record that this makes.
      if (deleteAfterMs === 0) store.delete(entry);
      else ports.timers.after(deleteAfterMs, () => store.delete(entry));
    },
    // As the leader does.
    onFailure: (error) => {
      failures.push(error);
      queue.close();
    },
  });
  /** A timer becomes durable. */
  const set = (id: number, dueMs: number) => {
    store.set(timer(id, dueMs));
    queue.add(timer(id, dueMs));
  };
  return { ports, store, fired, failures, queue, set };
}

describe("the timers of an earlier leader", () => {
  it("fire in order, each at its time, though only a few fit the memory", async () => {
    const { ports, store, fired, queue } = begin({ capacity: 3 });
    store.set(...Array.from({ length: 20 }, (_, i) => timer(i, 10 * ((i * 7) % 20))));
    queue.start();
    await ports.advance(1000);
    expect(fired).toHaveLength(20);
    expect(fired.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, i) => 10 * i));
    expect(store.scans).toBeLessThanOrEqual(9);
  });

  it("that are overdue fire at once, in order", async () => {
    const { ports, store, fired, queue } = begin({ capacity: 2 });
    store.set(timer(1, -50), timer(2, -500), timer(3, -5), timer(4, 5));
    queue.start();
    await ports.settle();
    await ports.advance(0);
    expect(fired.map(({ id }) => id)).toEqual([2, 1, 3]);
    await ports.advance(5);
    expect(fired.map(({ id }) => id)).toEqual([2, 1, 3, 4]);
  });

  it("at the same instant all fire, in the order of their invocations", async () => {
    const { ports, store, fired, queue } = begin({ capacity: 4 });
    store.set(...Array.from({ length: 10 }, (_, i) => timer(9 - i, 100)));
    queue.start();
    await ports.advance(100);
    expect(fired.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("are not read again while the commits that delete them are on their way", async () => {
    const { ports, store, fired, queue } = begin({ capacity: 2, deleteAfterMs: 50 });
    store.set(...Array.from({ length: 8 }, (_, i) => timer(i, 10)));
    queue.start();
    await ports.advance(200);
    expect(fired.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("a timer that is set", () => {
  it("before all others wakes the queue earlier", async () => {
    const { ports, fired, queue, set } = begin();
    queue.start();
    await ports.settle();
    set(1, 100);
    set(2, 50);
    set(3, 0);
    await ports.advance(60);
    expect(fired).toEqual([
      { id: 3, at: 0 },
      { id: 2, at: 50 },
    ]);
  });

  it("beyond what is in memory waits in the store", async () => {
    const { ports, store, fired, queue, set } = begin({ capacity: 2 });
    store.set(timer(1, 10), timer(2, 20), timer(3, 30));
    queue.start();
    await ports.settle();
    set(4, 25);
    set(5, 15);
    await ports.advance(100);
    expect(fired.map(({ id }) => id)).toEqual([1, 5, 2, 4, 3]);
  });

  it("while a page is being read fires once, whether the page has it or not", async () => {
    for (const sees of ["called", "served"] as const) {
      for (const due of [0, 5, 1000]) {
        const { ports, store, fired, queue, set } = begin({ capacity: 2, deleteAfterMs: 30 });
        store.set(...[10, 20, 30, 40].map((at, i) => timer(i, at)));
        store.delays = [{ ms: 3, sees }];
        queue.start();
        set(99, due);
        await ports.advance(2000);
        expect(fired.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 99]);
        for (const [i, at] of [10, 20, 30, 40].entries()) {
          expect(fired.find(({ id }) => id === i)?.at).toBe(at);
        }
      }
    }
  });

  it("twice is one timer", async () => {
    const { ports, fired, queue, set } = begin();
    queue.start();
    await ports.settle();
    set(1, 10);
    set(1, 10);
    await ports.advance(20);
    expect(fired).toHaveLength(1);
  });

  it("many times over keeps no more than twice the capacity in memory, and loses none", async () => {
    const { ports, fired, queue, set } = begin({ capacity: 5 });
    queue.start();
    await ports.settle();
    for (let i = 0; i < 100; i++) set(i, 1000 - i);
    await ports.advance(2000);
    expect(fired.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => 99 - i));
  });
});

describe("the queue", () => {
  it("uses one wake-up at a time", async () => {
    const { ports, queue, set } = begin({ capacity: 50 });
    queue.start();
    await ports.settle();
    for (let i = 0; i < 40; i++) set(i, 1000 - i);
    expect(ports.timerCount).toBe(1);
  });

  it("fires nothing any more once it is closed", async () => {
    const { ports, fired, queue, set } = begin();
    queue.start();
    await ports.settle();
    set(1, 10);
    queue.close();
    set(2, 5);
    await ports.advance(100);
    expect(fired).toEqual([]);
    expect(ports.timerCount).toBe(0);
  });

  it("reports a store that cannot be read", async () => {
    const { ports, store, failures, queue } = begin();
    store.scan = () => Promise.reject(new Error("no store"));
    queue.start();
    await ports.settle();
    expect(failures).toMatchObject([{ message: "no store" }]);
  });
});

interface Move {
  readonly kind: "set" | "pass";
  readonly dueMs: number;
  readonly passMs: number;
}

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("set" as const, "set" as const, "pass" as const),
    dueMs: fc.integer({ min: -20, max: 200 }),
    passMs: fc.integer({ min: 0, max: 40 }),
  }),
  { maxLength: 40 },
);

describe("any number of timers, set at any time over a store that takes its time", () => {
  const SCAN_MS_MAX = 4;

  it("fire exactly once, never early, and late only by what the store took", async () => {
    const property = fc.asyncProperty(
      moves,
      fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 1000 }),
      async (steps, earlier, capacity, seed) => {
        const random = createRandom(seed);
        const { ports, store, fired, queue } = begin({ capacity, deleteAfterMs: 1 + random(6) });
        store.delays = Array.from({ length: 500 }, () => ({
          ms: random(SCAN_MS_MAX + 1),
          sees: random(2) === 0 ? "called" : "served",
        }));
        const due = new Map<number, number>();
        const add = (id: number, at: number) => {
          due.set(id, Math.max(at, ports.clock.now() - START));
          store.set(timer(id, at));
        };
        for (const [i, at] of earlier.entries()) add(1000 + i, at);
        queue.start();
        for (const [i, step] of steps.entries()) {
          if (step.kind === "pass") await ports.advance(step.passMs);
          else {
            const at = ports.clock.now() - START + step.dueMs;
            add(i, at);
            queue.add(timer(i, at));
          }
        }
        await ports.advance(5000);
        const ids = [...due.keys()].toSorted((a, b) => a - b);
        expect(fired.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(ids);
        const pages = 2 + Math.ceil(ids.length / capacity);
        for (const { id, at } of fired) {
          const wanted = due.get(id) ?? 0;
          expect(at).toBeGreaterThanOrEqual(wanted);
          expect(at - wanted).toBeLessThanOrEqual(pages * SCAN_MS_MAX);
        }
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 60 });
  });
});
