import { expect, test } from "vitest";
import { callId, callResult } from "../testing/messages.ts";
import type { LeafNode } from "./await-node.ts";
import type { Delivery } from "./journal.ts";
import { Leaves } from "./leaves.ts";

type Taken = Parameters<Leaves["takeFor"]>[0];

function deliver(leaves: Leaves, message: Delivery, order: number): LeafNode | undefined {
  const delivery = message as Taken & { readonly result: Parameters<Leaves["takeFor"]>[1] };
  const leaf = leaves.takeFor(delivery, delivery.result, order);
  leaf?.settleWith(delivery.result, order);
  return leaf;
}

test("a result goes to the node that was asked for, which is then forgotten", () => {
  const leaves = new Leaves();
  const leaf = leaves.get(2);
  expect(leaves.get(2)).toBe(leaf);
  expect(deliver(leaves, callResult(2, "a") as Delivery, 7)).toBe(leaf);
  expect(leaf).toMatchObject({ settled: true, order: 7 });
  expect(leaves.get(2)).not.toBe(leaf);
  expect(leaves.get(2).settled).toBe(true);
});

test("what nobody has asked for is there when somebody does, where it stood", () => {
  const leaves = new Leaves();
  expect(deliver(leaves, callId(1, "inv_a") as Delivery, 3)).toBeUndefined();
  const leaf = leaves.get(1);
  expect(leaf).toMatchObject({
    order: 3,
    result: { kind: "invocationId", invocationId: "inv_a" },
  });
  expect(leaves.get(1)).toBe(leaf);
});

test("the id of a call stays for whoever asks next", () => {
  const leaves = new Leaves();
  const leaf = leaves.get(1);
  deliver(leaves, callId(1, "inv_a") as Delivery, 3);
  expect(leaves.get(1)).toBe(leaf);
});

test("what is delivered again changes nothing", () => {
  const leaves = new Leaves();
  deliver(leaves, callId(1, "inv_a") as Delivery, 3);
  deliver(leaves, callId(1, "inv_b") as Delivery, 4);
  expect(leaves.get(1)).toMatchObject({ order: 3, result: { invocationId: "inv_a" } });
});
