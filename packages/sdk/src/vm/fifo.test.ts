import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("items come out in the order in which they went in, whatever comes between", () => {
  const queue = new Fifo<number>();
  const taken: (number | undefined)[] = [];
  let next = 0;
  for (let round = 1; round <= 60; round++) {
    for (let count = 0; count < round; count++) queue.push(next++);
    for (let count = 0; count < round - 1; count++) taken.push(queue.shift());
    expect(queue.length).toBe(round);
  }
  while (queue.length > 0) taken.push(queue.shift());
  expect(taken).toEqual(Array.from({ length: next }, (_, index) => index));
  expect(queue.shift()).toBeUndefined();
  expect(queue.length).toBe(0);
});
