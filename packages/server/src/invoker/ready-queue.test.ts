import { describe, expect, it } from "vitest";
import { keyOf } from "../testing/records.ts";
import { ReadyQueue } from "./ready-queue.ts";

function drain(queue: ReadyQueue): string[] {
  const keys: string[] = [];
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) keys.push(key);
  return keys;
}

describe("the queue of those who wait for an attempt", () => {
  it("is first in, first out while it grows, shrinks and wraps around", () => {
    const queue = new ReadyQueue(100_000);
    let pushed = 0;
    let shifted = 0;
    for (const [push, shift] of [
      [50, 30],
      [60, 70],
      [5000, 10],
      [10, 4900],
      [70, 100],
      [2000, 2000],
      [1, 1],
    ] as const) {
      for (let i = 0; i < push; i++) queue.push(keyOf(pushed++));
      for (let i = 0; i < shift; i++) {
        const key = queue.shift();
        if (key !== undefined) expect(key).toBe(keyOf(shifted++));
      }
      expect(queue.length).toBe(pushed - shifted);
    }
    expect(drain(queue)).toEqual(
      Array.from({ length: pushed - shifted }, (_, i) => keyOf(shifted + i)),
    );
    expect(queue.length).toBe(0);
    expect(queue.overflowed).toBe(false);
  });

  it("drops what does not fit, keeps what came before, and says so until it is told otherwise", () => {
    for (const capacity of [1, 3, 64, 100]) {
      const queue = new ReadyQueue(capacity);
      for (let i = 0; i < capacity; i++) queue.push(keyOf(i));
      expect(queue.overflowed).toBe(false);
      queue.push(keyOf(777));
      queue.push(keyOf(778));
      expect(queue.overflowed).toBe(true);
      expect(queue.length).toBe(capacity);
      expect(queue.shift()).toBe(keyOf(0));
      queue.push(keyOf(999));
      expect(drain(queue)).toEqual([
        ...Array.from({ length: capacity - 1 }, (_, i) => keyOf(i + 1)),
        keyOf(999),
      ]);
      expect(queue.overflowed).toBe(true);
      queue.resetOverflow();
      expect(queue.overflowed).toBe(false);
    }
  });

  it("keeps every byte of an id", () => {
    const queue = new ReadyQueue(10);
    const keys = [0, 255, 128, 10].map((byte) => String.fromCharCode(byte).repeat(24));
    for (const key of keys) queue.push(key);
    expect(drain(queue)).toEqual(keys);
  });

  it("is empty when it is new", () => {
    expect(new ReadyQueue(1).shift()).toBeUndefined();
  });
});
