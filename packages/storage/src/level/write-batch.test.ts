/** The memory in which rows are put together. */
import { describe, expect, it } from "vitest";
import { Scratch } from "./write-batch.ts";

/** Places of rows: more of them than views are kept. */
const PLACES = Array.from({ length: 9000 }, (_, i) => [i % 90, (i % 90) + 1 + Math.floor(i / 90)]);

describe("the scratch memory", () => {
  it("gives the bytes between two places, for a place that was asked for before the same view", () => {
    const scratch = new Scratch();
    scratch.bytes.set([1, 2, 3, 4, 5]);
    const view = scratch.between(1, 4);
    expect(view).toEqual(Uint8Array.of(2, 3, 4));
    expect(scratch.between(1, 4)).toBe(view);
    expect(scratch.between(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(scratch.between(2, 4)).toEqual(Uint8Array.of(3, 4));
  });

  it("gives those of the new memory when it has grown", () => {
    const scratch = new Scratch();
    const before = scratch.between(0, 3);
    scratch.reserve(1 << 20);
    scratch.bytes.set([7, 8, 9]);
    expect(scratch.between(0, 3)).toEqual(Uint8Array.of(7, 8, 9));
    expect(before).toEqual(new Uint8Array(3));
  });

  it("keeps none of long rows, and not all of very many", () => {
    const scratch = new Scratch();
    expect(scratch.between(0, 1024)).not.toBe(scratch.between(0, 1024));
    const views = PLACES.map(([start = 0, end = 0]) => scratch.between(start, end));
    const again = PLACES.map(([start = 0, end = 0]) => scratch.between(start, end));
    expect(again.map((view) => [view.byteOffset, view.byteOffset + view.length])).toEqual(PLACES);
    expect(again.some((view, i) => view !== views[i])).toBe(true);
  });
});
