import fc from "fast-check";
import { expect, it } from "vitest";
import { SortedMap } from "./sorted-map.ts";

it("keeps thousands of entries in order, and its snapshots as they were", () => {
  const keys = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 500, maxLength: 4_000 });
  const property = fc.property(keys, (numbers) => {
    const map = new SortedMap<number>();
    const model = new Map<string, number>();
    const snapshots: { map: SortedMap<number>; entries: [string, number][] }[] = [];
    for (const [at, number] of numbers.entries()) {
      const key = String(number).padStart(4, "0");
      if (at % 3 === 2) {
        map.delete(key);
        model.delete(key);
      } else {
        map.set(key, at);
        model.set(key, at);
      }
      if (at % 700 === 0) snapshots.push({ map: map.snapshot(), entries: [...model].sort() });
    }
    snapshots.push({ map, entries: [...model].sort() });
    for (const snapshot of snapshots) {
      const all = { limit: 10_000 };
      expect(snapshot.map.range(all)).toEqual(snapshot.entries);
      expect(snapshot.map.range({ ...all, reverse: true })).toEqual(snapshot.entries.toReversed());
    }
  });
  fc.assert(property, { numRuns: 20 });
});

it("lets a snapshot be changed on its own", () => {
  const map = new SortedMap<number>();
  map.set("a", 1);
  const copy = map.snapshot();
  copy.set("a", 2);
  copy.set("b", 3);
  map.delete("a");
  expect(map.range({ limit: 9 })).toEqual([]);
  expect(copy.range({ gt: "a", limit: 9 })).toEqual([["b", 3]]);
});
