import { expect, it } from "vitest";
import { attach, attempt, invoke, keyOf } from "../testing/records.ts";
import { RecordQueue } from "./record-queue.ts";

it("is first in, first out over any number of pushes and shifts, and shows what comes next", () => {
  const queue = new RecordQueue();
  const told: number[] = [];
  let pushed = 0;
  let shifted = 0;
  const push = () => {
    const n = pushed++;
    queue.push(invoke(keyOf(n)), () => told.push(n));
  };
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 100; i++) push();
    for (let i = 0; i < (round < 20 ? 30 : 150) && queue.length > 0; i++) {
      expect(queue.peek(0)).toMatchObject({ key: keyOf(shifted) });
      expect(queue.peek(queue.length - 1)).toMatchObject({ key: keyOf(pushed - 1) });
      queue.shift()?.();
      shifted += 1;
      expect(queue.length).toBe(pushed - shifted);
    }
  }
  expect(told).toEqual(Array.from({ length: shifted }, (_, i) => i));
});

it("counts the bytes of what waits: inputs, what attempts sent, messages", () => {
  const queue = new RecordQueue();
  const message = {
    kind: "result",
    for: "call",
    to: keyOf(1),
    bornIn: 1,
    completionId: 1,
    outcome: { kind: "value", value: new Uint8Array(4000) },
  } as const;
  queue.push(invoke(keyOf(1), { input: new Uint8Array(1000) }), undefined);
  queue.push({ ...attempt(keyOf(1), []), bytesAbout: 2000 }, undefined);
  queue.push({ kind: "message", source: 1, sequence: { commit: 1, index: 0 }, message }, undefined);
  queue.push(attach(keyOf(1)), undefined);
  expect(queue.bytesAbout).toBeGreaterThanOrEqual(7000);
  expect(queue.bytesAbout).toBeLessThan(9000);
  while (queue.length > 0) queue.shift();
  expect(queue.bytesAbout).toBe(0);
});

it("knows how many records at its head have been fetched for", () => {
  const queue = new RecordQueue();
  for (let i = 0; i < 3; i++) queue.push(attach(keyOf(i)), undefined);
  queue.staged = 2;
  queue.shift();
  expect(queue.staged).toBe(1);
  queue.shift();
  queue.shift();
  expect(queue.staged).toBe(0);
});

it("has nothing beyond its ends", () => {
  const queue = new RecordQueue();
  expect(() => queue.peek(0)).toThrow(RangeError);
  expect(() => queue.shift()).toThrow(RangeError);
});
