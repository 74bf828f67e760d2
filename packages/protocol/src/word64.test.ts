import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Word64 } from "./word64.ts";

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

function high(value: bigint): number {
  return Number(value >> 32n);
}

function low(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

function toBigInt({ value }: Word64): bigint {
  return (BigInt(value.high) << 32n) | BigInt(value.low);
}
