import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../rows/bytes.ts";
import { readRuns, runsHave, runsIds, runsSize, toRuns, writeRuns } from "./run-set.ts";

const idSets = fc.oneof(
  fc.array(fc.nat({ max: 60 }), { maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 20 }),
  fc
    .array(
      fc.record({
        start: fc.nat({ max: 500 }),
        stride: fc.integer({ min: 1, max: 5 }),
        count: fc.nat({ max: 10 }),
      }),
      { maxLength: 4 },
    )
    .map((runs) =>
      runs.flatMap(({ start, stride, count }) =>
        Array.from({ length: count }, (_, i) => start + i * stride),
      ),
    ),
);

describe("runs", () => {
  it("hold the ids they are made of, each once, in ascending order, and no others", () => {
    const property = fc.property(idSets, (ids) => {
      const runs = toRuns(ids);
      const expected = [...new Set(ids)].sort((a, b) => a - b);
      expect([...runsIds(runs)]).toEqual(expected);
      expect(runsSize(runs)).toBe(expected.length);
      for (const id of [...ids, 0, 1, 7, 61, 0xffff_ffff]) {
        expect(runsHave(runs, id)).toBe(expected.includes(id));
      }
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  it("are the same after they have been stored and read", () => {
    const property = fc.property(idSets, (ids) => {
      const runs = toRuns(ids);
      const writer = new ByteWriter(1);
      writeRuns(writer, runs);
      expect(readRuns(new ByteReader(writer.take(), "test"))).toEqual(runs);
    });
    fc.assert(property, { seed: 1 });
  });

  it("of equal steps are one, also where a single id comes before", () => {
    expect(toRuns([])).toEqual([]);
    expect(toRuns([7])).toEqual([{ start: 7, stride: 1, count: 1 }]);
    expect(toRuns([2, 4, 6, 8])).toEqual([{ start: 2, stride: 2, count: 4 }]);
    expect(toRuns([1, 2, 3, 4])).toEqual([{ start: 1, stride: 1, count: 4 }]);
    expect(toRuns([1, 4, 6, 8, 10])).toEqual([
      { start: 1, stride: 1, count: 1 },
      { start: 4, stride: 2, count: 4 },
    ]);
    expect(toRuns([10, 2, 6, 4, 8, 8])).toEqual([{ start: 2, stride: 2, count: 5 }]);
  });
});
