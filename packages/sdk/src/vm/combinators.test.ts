import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AwaitNode, createSettledNode, FreeNode, LeafNode } from "./await-node.ts";
import { type CombinatorMode, CombinatorNode, MappedNode } from "./combinators.ts";

const leaf = () => new FreeNode();

function active(mode: CombinatorMode, children: readonly AwaitNode[]): CombinatorNode {
  const node = new CombinatorNode(mode, children);
  node.activate();
  return node;
}

describe("combinators", () => {
  test("all settles with the last child, at its position", () => {
    const [a, b] = [leaf(), leaf()];
    const all = active("all", [a, b]);
    a.settle(5, false);
    expect(all.settled).toBe(false);
    b.settle(7, false);
    expect(all).toMatchObject({ order: 7, failed: false, winner: undefined });
  });

  test("all fails with the first failure", () => {
    const [a, b] = [leaf(), leaf()];
    const all = active("all", [a, b]);
    b.settle(3, true);
    expect(all).toMatchObject({ order: 3, failed: true, winner: b });
    a.settle(4, true);
    expect(all.winner).toBe(b);
  });

  test("any takes the first success and fails when all do", () => {
    const [a, b, c, d] = [leaf(), leaf(), leaf(), leaf()];
    const some = active("any", [a, b]);
    const none = active("any", [c, d]);
    a.settle(1, true);
    b.settle(2, false);
    expect(some).toMatchObject({ order: 2, failed: false, winner: b });
    d.settle(3, true);
    c.settle(4, true);
    expect(none).toMatchObject({ order: 4, failed: true, winner: undefined });
  });

  test("allSettled waits for all and never fails", () => {
    const [a, b] = [leaf(), leaf()];
    const both = active("allSettled", [a, b]);
    a.settle(1, true);
    b.settle(2, true);
    expect(both).toMatchObject({ order: 2, failed: false });
  });

  test("of settled children the first in the journal wins a race, whatever its place", () => {
    const [a, b, c] = [leaf(), leaf(), leaf()];
    c.settle(4, true);
    a.settle(9, false);
    const race = active("race", [a, b, c]);
    expect(race).toMatchObject({ order: 4, failed: true, winner: c });
  });

  test("a constant comes before everything in the journal", () => {
    const a = leaf();
    a.settle(2, false);
    const constant = createSettledNode(false);
    expect(active("race", [a, constant]).winner).toBe(constant);
  });

  test("empty: all, allSettled and any settle at once, race never", () => {
    expect(active("all", [])).toMatchObject({ settled: true, failed: false });
    expect(active("allSettled", [])).toMatchObject({ settled: true, failed: false });
    expect(active("any", [])).toMatchObject({ settled: true, failed: true });
    expect(active("race", []).settled).toBe(false);
  });

  test("a child that stands twice counts twice", () => {
    const [a, b] = [leaf(), leaf()];
    const all = active("all", [a, a, b]);
    a.settle(1, false);
    b.settle(2, false);
    expect(all.settled).toBe(true);
  });

  test("nested nodes pass settlements on in the same call", () => {
    const [a, b, c] = [leaf(), leaf(), leaf()];
    const inner = new CombinatorNode("race", [a, b]);
    const outer = active("all", [inner, c]);
    c.settle(1, false);
    b.settle(2, false);
    expect(outer).toMatchObject({ order: 2, failed: false });
  });

  test("the timer of a timeout is a failure although it succeeds", () => {
    const [a, timer] = [leaf(), leaf()];
    const node = new CombinatorNode("race", [a, timer], timer);
    node.activate();
    timer.settle(1, false);
    expect(node).toMatchObject({ failed: true, winner: timer });
  });

  test("nothing is watched before it is activated", () => {
    const a = leaf();
    new CombinatorNode("all", [a]);
    expect(a.watched).toBe(false);
  });

  test("a mapped node transforms once, when it is active and its child has settled", () => {
    const a = leaf();
    let calls = 0;
    const mapped = new MappedNode(a, () => {
      calls++;
      return false;
    });
    a.settle(3, true);
    expect(calls).toBe(0);
    mapped.activate();
    mapped.activate();
    expect(calls).toBe(1);
    expect(mapped).toMatchObject({ order: 3, failed: false });
  });
});

/** Counts how often anybody looks at a node. */
class CountingNode extends LeafNode {
  static looks = 0;

  override get settled(): boolean {
    CountingNode.looks++;
    return super.settled;
  }
}

describe("cost", () => {
  const looksPerSettlement = (mode: CombinatorMode, count: number): number => {
    const children = Array.from({ length: count }, (_, id) => new CountingNode(id));
    const node = active(mode, children);
    CountingNode.looks = 0;
    let max = 0;
    for (const [index, child] of children.entries()) {
      const before = CountingNode.looks;
      child.settleWith({ kind: "void" }, index + 1);
      max = Math.max(max, CountingNode.looks - before);
    }
    expect(node.settled).toBe(true);
    return max;
  };

  test.for(["all", "allSettled"] as const)("a child of %s costs the same at any width", (mode) => {
    const narrow = looksPerSettlement(mode, 100);
    expect(narrow).toBeLessThan(5);
    expect(looksPerSettlement(mode, 20_000)).toBe(narrow);
  });

  test("a promise that is raced again and again forgets the races that are over", () => {
    const longLived = leaf();
    let notified = 0;
    for (let round = 1; round <= 10_000; round++) {
      const other = leaf();
      const race = active("race", [longLived, other]);
      const childSettled = race.childSettled.bind(race);
      race.childSettled = (child) => {
        notified++;
        childSettled(child);
      };
      other.settle(round, false);
      notified = 0;
    }
    longLived.settle(20_000, false);
    expect(notified).toBeLessThan(50);
  });
});

test("combinators agree with a scan, in whatever order children settle", () => {
  const outcome = fc.record({ at: fc.integer({ min: 1, max: 1000 }), failed: fc.boolean() });
  fc.assert(
    fc.property(
      fc.uniqueArray(outcome, { selector: ({ at }) => at, minLength: 1, maxLength: 8 }),
      fc.constantFrom<CombinatorMode>("all", "any", "race", "allSettled"),
      fc.nat(8),
      (outcomes, mode, early) => {
        const children = outcomes.map(() => leaf());
        const inOrder = outcomes
          .map((settlement, index) => ({ ...settlement, index }))
          .sort((a, b) => a.at - b.at);
        const settle = (part: typeof inOrder) => {
          for (const { at, failed, index } of part) children[index]?.settle(at, failed);
        };
        settle(inOrder.slice(0, early));
        const node = active(mode, children);
        settle(inOrder.slice(early));
        const decides = (failed: boolean) =>
          mode === "race" || (mode === "all" && failed) || (mode === "any" && !failed);
        const decider = inOrder.find(({ failed }) => decides(failed));
        expect(node.winner).toBe(decider === undefined ? undefined : children[decider.index]);
        expect(node.order).toBe(decider?.at ?? inOrder.at(-1)?.at);
      },
    ),
  );
});
