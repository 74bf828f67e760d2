import { expect, test } from "vitest";
import { LeafNode } from "./await-node.ts";
import { CompletionStream } from "./completion-stream.ts";

class CountingNode extends LeafNode {
  static looks = 0;

  override get settled(): boolean {
    CountingNode.looks++;
    return super.settled;
  }
}

const createLeaves = (count: number) =>
  Array.from({ length: count }, (_, id) => new CountingNode(id));

test("children that settled early come first, in journal order", () => {
  const leaves = createLeaves(4);
  leaves[3]?.settle(1, false);
  leaves[0]?.settle(2, true);
  const stream = new CompletionStream(leaves);
  stream.open();
  leaves[2]?.settle(3, false);
  expect([stream.take(), stream.take(), stream.take(), stream.take()]).toEqual([
    3,
    0,
    2,
    undefined,
  ]);
  const node = stream.wait();
  expect(stream.exhausted).toBe(true);
  leaves[1]?.settle(4, false);
  expect(node).toMatchObject({ settled: true, index: 1 });
});

test("a node that is withdrawn does not swallow its item", () => {
  const leaves = createLeaves(1);
  const stream = new CompletionStream(leaves);
  stream.open();
  stream.withdraw(stream.wait());
  expect(stream.exhausted).toBe(false);
  leaves[0]?.settle(1, false);
  expect(stream.take()).toBe(0);
});

test("an item costs the same at any width", () => {
  const looks = (count: number): number => {
    const leaves = createLeaves(count);
    const stream = new CompletionStream(leaves);
    stream.open();
    let max = 0;
    for (const [index, leaf] of leaves.entries()) {
      const node = stream.wait();
      CountingNode.looks = 0;
      leaf.settle(index + 1, false);
      expect(node.index).toBe(index);
      max = Math.max(max, CountingNode.looks);
    }
    return max;
  };
  expect(looks(100)).toBeLessThan(5);
  expect(looks(20_000)).toBe(looks(100));
});
