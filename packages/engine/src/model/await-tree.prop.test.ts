/** The await state against an evaluator that looks at the whole tree anew each time. */
import { Combinator, type Future, type Notification } from "@rejoin/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { futures } from "../testing/arbitraries.ts";
import { AwaitState, decodeAwaitTree, encodeAwaitTree, toAwaitTree } from "./await-tree.ts";
import { NotificationIndex } from "./notification-index.ts";

type Resolution = "succeeded" | "failed" | "indeterminate";

/** A notification, and where in the order of all it came. */
interface Arrived {
  readonly at: number;
  readonly failed: boolean;
}

/** When a node resolved, and as what. */
interface Resolved {
  readonly at: number;
  readonly as: Resolution;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Rule 9 of server.md §1.6, by looking at everything that has arrived. */
function evaluate(future: Future, arrived: ReadonlyMap<string, Arrived>): Resolved | undefined {
  const leaves = [
    ...new Set(future.completions.map((id) => `c${id}`)),
    ...new Set(future.signals.map((id) => `s${id}`)),
    ...new Set(future.namedSignals.map((name) => `n${name}`)),
  ].map((id): Resolved | undefined => {
    const leaf = arrived.get(id);
    return leaf === undefined
      ? undefined
      : { at: leaf.at, as: leaf.failed ? "failed" : "succeeded" };
  });
  const children = [...leaves, ...future.nested.map((child) => evaluate(child, arrived))];
  const done = children.filter((child) => child !== undefined).sort((a, b) => a.at - b.at);
  const first = done[0];
  const last = done.at(-1)?.at ?? 0;
  const all = done.length === children.length;
  switch (future.combinator) {
    case Combinator.unknown:
      return first && { at: first.at, as: "indeterminate" };
    case Combinator.firstCompleted:
      return first;
    case Combinator.allCompleted:
      return all ? { at: last, as: "succeeded" } : undefined;
    case Combinator.firstSucceededOrAllFailed:
      return (
        done.find((child) => child.as !== "failed") ??
        (all ? { at: last, as: "failed" } : undefined)
      );
    case Combinator.allSucceededOrFirstFailed:
      return (
        done.find((child) => child.as !== "succeeded") ??
        (all ? { at: last, as: "succeeded" } : undefined)
      );
  }
}

function notify(state: AwaitState, { id, failed }: Event): void {
  const rest = id.slice(1);
  if (id.startsWith("c")) state.onCompletion(Number(rest), failed);
  else state.onSignal(id.startsWith("s") ? Number(rest) : rest, failed);
}

interface Event {
  readonly id: string;
  readonly failed: boolean;
}

const IDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((id) => `c${id}`);
const SIGNALS = ["s1", "s2", "s3", "na", "nb"];

const events: fc.Arbitrary<Event[]> = fc
  .tuple(
    fc.shuffledSubarray([...IDS, ...SIGNALS]),
    fc.array(fc.boolean(), { minLength: 17, maxLength: 17 }),
  )
  .map(([order, failures]) => order.map((id, i) => ({ id, failed: failures[i] === true })));

/** Trees that name each leaf once, so that the order within one notification cannot matter. */
const disjointTrees = futures({ idsMax: 12, depthMax: 3 }).map((future) => {
  let next = 0;
  const signals = new Set<number | string>();
  const rename = (node: Future): Future => ({
    combinator: node.combinator,
    completions: [...new Set(node.completions)].flatMap(() => (next < 12 ? [++next] : [])),
    signals: node.signals.filter((id) => !signals.has(id) && signals.add(id)),
    namedSignals: node.namedSignals.filter((id) => !signals.has(id) && signals.add(id)),
    nested: node.nested.map(rename).filter(hasLeaves),
  });
  return rename(future);
});

function withoutEmptyNodes(node: Future): Future {
  return { ...node, nested: node.nested.map(withoutEmptyNodes).filter(hasLeaves) };
}

/** Without nodes that resolve in a way of their own: then all outcomes are alike. */
function withoutUnknown(node: Future): Future {
  const { unknown, firstCompleted } = Combinator;
  const combinator = node.combinator === unknown ? firstCompleted : node.combinator;
  return { ...node, combinator, nested: node.nested.map(withoutUnknown) };
}

function hasLeaves(node: Future): boolean {
  const own = node.completions.length + node.signals.length + node.namedSignals.length;
  return own > 0 || node.nested.some(hasLeaves);
}

function momentOf(future: Future, order: readonly Event[]): number {
  const arrived = new Map<string, Arrived>();
  for (const [i, { id, failed }] of order.entries()) arrived.set(id, { at: i + 1, failed });
  return evaluate(future, arrived)?.at ?? NEVER;
}

describe("an await state", () => {
  it("resolves at the moment at which the rules say so, for any tree and any order", () => {
    const property = fc.property(disjointTrees, events, (future, order) => {
      const state = new AwaitState(toAwaitTree(future), new NotificationIndex());
      const moment = momentOf(future, order);
      expect(state.resolved).toBe(moment === 0);
      for (const [i, event] of order.entries()) {
        notify(state, event);
        expect(state.resolved).toBe(i + 1 >= moment);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 800 });
  });

  it("takes each notification once, however often it comes", () => {
    const property = fc.property(disjointTrees, events, (future, order) => {
      const state = new AwaitState(toAwaitTree(future), new NotificationIndex());
      const moment = momentOf(future, order);
      for (const [i, event] of order.entries()) {
        notify(state, event);
        notify(state, { ...event, failed: !event.failed });
        for (const earlier of order.slice(0, i)) notify(state, earlier);
        expect(state.resolved).toBe(i + 1 >= moment);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it("resolves at that moment also where a leaf is named several times in the tree", () => {
    const trees = futures({ idsMax: 6, depthMax: 3 }).map(withoutEmptyNodes);
    const property = fc.property(trees, events, (future, order) => {
      const state = new AwaitState(toAwaitTree(future), new NotificationIndex());
      const moment = momentOf(future, order);
      for (const [i, event] of order.entries()) {
        notify(state, event);
        expect(state.resolved).toBe(i + 1 >= moment);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  /** What has arrived before the suspension is known without its order: see `AwaitState.replay`. */
  it("begun from an index is never later than the rules say, and not earlier where order is moot", () => {
    const property = fc.property(
      disjointTrees,
      events,
      fc.nat({ max: 17 }),
      fc.boolean(),
      (tree, shuffled, known, alike) => {
        const future = alike ? withoutUnknown(tree) : tree;
        const order = alike ? shuffled.map((event) => ({ ...event, failed: false })) : shuffled;
        const index = new NotificationIndex();
        for (const { id, failed } of order.slice(0, known)) {
          if (id.startsWith("c")) index.recordCompletion(Number(id.slice(1)), failed);
          else if (id.startsWith("s")) index.recordSignal(Number(id.slice(1)), failed);
          else index.recordSignal(id.slice(1), failed);
        }
        const state = new AwaitState(toAwaitTree(future), index);
        const moment = momentOf(future, order);
        if (moment <= Math.min(known, order.length)) expect(state.resolved).toBe(true);
        else if (alike) expect(state.resolved).toBe(false);
        for (const [i, event] of order.entries()) {
          if (i < known) continue;
          notify(state, event);
          if (i + 1 >= moment) expect(state.resolved).toBe(true);
          else if (alike) expect(state.resolved).toBe(false);
        }
      },
    );
    fc.assert(property, { seed: 1, numRuns: 800 });
  });

  it("is the same for a tree that has been stored and read", () => {
    const property = fc.property(futures({ idsMax: 4_000_000_000, depthMax: 3 }), (future) => {
      const tree = toAwaitTree(future);
      expect(decodeAwaitTree(encodeAwaitTree(tree))).toEqual(tree);
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});

describe("a signal that was there before", () => {
  const future: Future = { ...EMPTY, combinator: Combinator.firstCompleted, signals: [1, 17] };

  it.each([1, 17])("(%d) counts unless whoever awaits it had been given it", (id) => {
    const index = new NotificationIndex();
    index.recordSignal(id, false, 4);
    expect(new AwaitState(toAwaitTree(future), index, 3).resolved).toBe(true);
    const state = new AwaitState(toAwaitTree(future), index, 4);
    expect(state.resolved).toBe(false);
    state.onSignal(id, false);
    expect(state.resolved).toBe(true);
  });

  it("counts with its last outcome", () => {
    const index = new NotificationIndex();
    index.recordSignal(17, false, 2);
    index.recordSignal(17, true, 5);
    expect([index.signal(17, 1), index.signal(17, 4), index.signal(17, 5)]).toEqual([
      "failed",
      "failed",
      "absent",
    ]);
  });
});

describe("a node without children", () => {
  const empty = (combinator: Combinator): Future => ({ ...EMPTY, combinator });
  const all = (...nested: readonly Future[]): Future => ({ ...EMPTY, completions: [1], nested });

  function resolvesWith1(future: Future): boolean {
    const state = new AwaitState(toAwaitTree(future), new NotificationIndex());
    expect(state.resolved).toBe(false);
    state.onCompletion(1, false);
    return state.resolved;
  }

  it("that waits for all of them has resolved; one that waits for the first never does", () => {
    expect(resolvesWith1(all(empty(Combinator.allCompleted)))).toBe(true);
    expect(resolvesWith1(all(empty(Combinator.allSucceededOrFirstFailed)))).toBe(true);
    expect(resolvesWith1(all(empty(Combinator.firstSucceededOrAllFailed)))).toBe(true);
    expect(resolvesWith1(all(empty(Combinator.firstCompleted)))).toBe(false);
    expect(resolvesWith1(all(empty(Combinator.unknown)))).toBe(false);
  });
});

describe("a race of joins that settled before the suspension", () => {
  /** all( race( all(1), all(2) ), 3 ), as `Promise.all([Promise.race([…]), c])` has it. */
  const join = (id: number): Future => ({
    ...EMPTY,
    combinator: Combinator.allSucceededOrFirstFailed,
    completions: [id],
  });
  const future: Future = {
    ...EMPTY,
    combinator: Combinator.allSucceededOrFirstFailed,
    completions: [3],
    nested: [{ ...EMPTY, combinator: Combinator.firstCompleted, nested: [join(1), join(2)] }],
  };

  it("with different outcomes goes back to the SDK, which knows which came first", () => {
    for (const failing of [1, 2]) {
      const index = new NotificationIndex();
      index.recordCompletion(1, failing === 1);
      index.recordCompletion(2, failing === 2);
      expect(new AwaitState(toAwaitTree(future), index).resolved).toBe(true);
    }
  });

  it("with the same outcome waits for the rest", () => {
    const index = new NotificationIndex();
    index.recordCompletion(1, false);
    index.recordCompletion(2, false);
    expect(new AwaitState(toAwaitTree(future), index).resolved).toBe(false);
  });
});

describe("a wide tree", () => {
  const count = 20_000;

  function elapsed(work: () => void): number {
    const before = process.cpuUsage().user;
    work();
    return process.cpuUsage().user - before;
  }

  /** Microseconds for all `ids`, notified in order of a stride that has no common factor. */
  function costOf(ids: readonly number[]): number {
    const future: Future = {
      combinator: Combinator.allCompleted,
      completions: ids,
      signals: [],
      namedSignals: [],
      nested: [],
    };
    const state = new AwaitState(toAwaitTree(future), new NotificationIndex());
    return elapsed(() => {
      for (let i = 0; i < ids.length; i++) {
        state.onCompletion(ids[(i * 7919) % ids.length] ?? 0, false);
      }
      expect(state.resolved).toBe(true);
    });
  }

  it("of calls that were issued in a row is one run, whose notifications cost the same each", () => {
    const ids = Array.from({ length: count }, (_, i) => 2 + 2 * i);
    expect(toAwaitTree({ ...EMPTY, completions: ids }).completions).toHaveLength(1);
    expect(costOf(ids)).toBeLessThan(500_000);
  });

  it("of ids without any order costs no more than a few times as much", () => {
    let id = 0;
    const ids = Array.from({ length: count }, (_, i) => (id += 1 + ((i * i) % 7)));
    expect(costOf(ids)).toBeLessThan(500_000);
  });
});

const EMPTY: Future = {
  combinator: Combinator.allCompleted,
  completions: [],
  signals: [],
  namedSignals: [],
  nested: [],
};

describe("notifications of any kind", () => {
  it("are recorded by their id in the index that an await state begins from", () => {
    const index = new NotificationIndex();
    const signal = (id: Partial<Notification>): Notification =>
      ({ kind: "signal", result: { kind: "void" }, ...id }) as Notification;
    index.record(signal({ signalIndex: 17 } as never), 1);
    index.record(signal({ signalName: "go" } as never), 2);
    const both: Future = { ...EMPTY, signals: [17], namedSignals: ["go"] };
    expect(new AwaitState(toAwaitTree(both), index).resolved).toBe(true);
    const other: Future = { ...EMPTY, signals: [18], namedSignals: ["go"] };
    expect(new AwaitState(toAwaitTree(other), index).resolved).toBe(false);
  });
});
