import type { Future } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import { type AwaitNode, LeafNode } from "./await-node.ts";
import { countLeaves } from "./await-tree.ts";
import { AwaitingOn, SMALL_TREE_LEAVES } from "./awaiting-on.ts";
import { CombinatorNode } from "./combinators.ts";

function createAll(count: number) {
  const leaves = Array.from({ length: count }, (_, id) => new LeafNode(id + 1));
  const all = new CombinatorNode("all", leaves);
  all.activate();
  return { leaves, all, roots: new Set<AwaitNode>([all]) };
}

describe("awaiting on", () => {
  test("the first tree is sent, the same one never again", () => {
    const { roots } = createAll(3);
    const awaitingOn = new AwaitingOn([1]);
    awaitingOn.rootAdded();
    expect(awaitingOn.due(roots, false)?.awaitingOn).toEqual<Future>({
      combinator: 1,
      completions: [],
      signals: [1],
      namedSignals: [],
      nested: [
        { combinator: 4, completions: [1, 2, 3], signals: [], namedSignals: [], nested: [] },
      ],
    });
    awaitingOn.rootAdded();
    expect(awaitingOn.due(roots, false)).toBeUndefined();
    awaitingOn.leafSettled();
    expect(awaitingOn.due(roots, false)).toBeUndefined();
  });

  test("small trees are told whenever they change", () => {
    const { roots, leaves } = createAll(3);
    const awaitingOn = new AwaitingOn([1]);
    awaitingOn.due(roots, false);
    leaves[1]?.settleWith({ kind: "void" }, 1);
    awaitingOn.leafSettled();
    expect(awaitingOn.due(roots, false)?.awaitingOn.nested[0]?.completions).toEqual([1, 3]);
  });

  test("something new must be told while nothing of the last tree has settled", () => {
    const { roots } = createAll(1000);
    const awaitingOn = new AwaitingOn([1]);
    expect(awaitingOn.due(roots, false)).toBeDefined();
    roots.add(new LeafNode(5000));
    awaitingOn.rootAdded();
    expect(awaitingOn.due(roots, false)?.awaitingOn.completions).toEqual([5000]);
  });

  test("the end of side effects is told, whatever the tree costs", () => {
    const { roots } = createAll(1000);
    const awaitingOn = new AwaitingOn([1]);
    expect(awaitingOn.due(roots, true)?.executingSideEffects).toBe(true);
    expect(awaitingOn.due(roots, false)?.executingSideEffects).toBe(false);
    expect(awaitingOn.due(roots, true)).toBeUndefined();
  });

  test("20,000 trickling results cost linear trees in all", () => {
    const sum = (count: number): number => {
      const { roots, leaves } = createAll(count);
      const awaitingOn = new AwaitingOn([1]);
      let total = 0;
      for (const [index, leaf] of leaves.entries()) {
        const message = awaitingOn.due(roots, false);
        if (message !== undefined) total += countLeaves(message.awaitingOn);
        leaf.settleWith({ kind: "void" }, index + 1);
        awaitingOn.leafSettled();
      }
      return total;
    };
    expect(sum(100) / 100).toBeLessThan(SMALL_TREE_LEAVES);
    for (const count of [2000, 20_000]) expect(sum(count) / count).toBeLessThan(10);
  });
});
