import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { xxh3 } from "./xxh3.ts";

/** Lines of length and hash, made with the reference implementation over {@link inputOf}. */
const golden = readFileSync(new URL("./testdata/xxh3.txt", import.meta.url), "utf8");

test("the hash of every input up to 300 bytes and around each block's end", () => {
  const lines = golden.trim().split("\n");
  const ours = lines.map((line) => {
    const length = Number(line.split(" ")[0]);
    return `${length} ${hex(xxh3(inputOf(length)))}`;
  });
  expect(ours).toEqual(lines);
  expect(lines).toHaveLength(317);
});

test("an input that is a view of a larger buffer", () => {
  const wide = new Uint8Array(400);
  wide.set(inputOf(250), 33);
  expect(xxh3(wide.subarray(33, 283))).toEqual(xxh3(inputOf(250)));
});

function inputOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 167 + length * 13 + (i >> 3) * 91);
}

function hex({ high, low }: { high: number; low: number }): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
