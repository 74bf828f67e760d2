/** The hashes and the arithmetic under them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sipHash13 } from "./siphash.ts";
import { Word64 } from "./word64.ts";
import { xxh3 } from "./xxh3.ts";

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const mask = (1n << 64n) - 1n;

describe("64-bit arithmetic in halves agrees with big integers", () => {
  const cases: [string, (w: Word64, b: bigint) => void, (a: bigint, b: bigint) => bigint][] = [
    ["add", (w, b) => w.add(high(b), low(b)), (a, b) => a + b],
    ["xor", (w, b) => w.xor(high(b), low(b)), (a, b) => a ^ b],
    ["multiply", (w, b) => w.multiply(high(b), low(b)), (a, b) => a * b],
    [
      "addFoldedProduct",
      (w, b) => w.addFoldedProduct(w.high, w.low, high(b), low(b)),
      (a, b) => a + (((a * b) >> 64n) ^ ((a * b) & mask)),
    ],
  ];
  test.each(cases)("%s", (_, run, expected) => {
    fc.assert(
      fc.property(u64, u64, (a, b) => {
        const word = new Word64(high(a), low(a));
        run(word, b);
        expect(toBigInt(word)).toBe(expected(a, b) & mask);
      }),
      { numRuns: 300 },
    );
  });

  test("shifts and rotations", () => {
    const count = fc.integer({ min: 1, max: 63 }).filter((n) => n !== 32);
    fc.assert(
      fc.property(u64, count, (a, by) => {
        const shifted = new Word64(high(a), low(a));
        shifted.xorShiftRight(by);
        expect(toBigInt(shifted)).toBe(a ^ (a >> BigInt(by)));
        const turned = new Word64(high(a), low(a));
        turned.rotateLeft(by);
        expect(toBigInt(turned)).toBe(((a << BigInt(by)) | (a >> BigInt(64 - by))) & mask);
      }),
      { numRuns: 300 },
    );
  });
});

/** Lines of length and hash, made with the reference implementation over {@link inputOf}. */
const golden = readFileSync(new URL("./testdata/xxh3.txt", import.meta.url), "utf8");

test("XXH3-64 of every input up to 300 bytes and around each block's end", () => {
  const lines = golden.trim().split("\n");
  const ours = lines.map((line) => {
    const length = Number(line.split(" ")[0]);
    return `${length} ${hex(xxh3(inputOf(length)))}`;
  });
  expect(ours).toEqual(lines);
  expect(lines).toHaveLength(317);
});

test("XXH3-64 of an input that is a view of a larger buffer", () => {
  const wide = new Uint8Array(400);
  wide.set(inputOf(250), 33);
  expect(xxh3(wide.subarray(33, 283))).toEqual(xxh3(inputOf(250)));
});

test("SipHash-1-3 agrees with a plain transcription of the definition", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 70 }), (input) => {
    const { high, low } = sipHash13(input);
    expect((BigInt(high) << 32n) | BigInt(low)).toBe(sipReference(input));
  });
  fc.assert(property, { numRuns: 300 });
});

function inputOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 167 + length * 13 + (i >> 3) * 91);
}

function hex({ high, low }: { high: number; low: number }): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** The definition on 64-bit integers. */
function sipReference(input: Uint8Array): bigint {
  const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask;
  let v0 = 0x736f6d6570736575n;
  let v1 = 0x646f72616e646f6dn;
  let v2 = 0x6c7967656e657261n;
  let v3 = 0x7465646279746573n;
  const round = () => {
    v0 = (v0 + v1) & mask;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & mask;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const padded = new Uint8Array((input.length & ~7) + 8);
  padded.set(input);
  padded[padded.length - 1] = input.length;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 8) {
    const block = view.getBigUint64(at, true);
    v3 ^= block;
    round();
    v0 ^= block;
  }
  v2 ^= 0xffn;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function high(value: bigint): number {
  return Number(value >> 32n);
}

function low(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

function toBigInt({ value }: Word64): bigint {
  return (BigInt(value.high) << 32n) | BigInt(value.low);
}
