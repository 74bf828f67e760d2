import fc from "fast-check";
import { expect, test } from "vitest";
import { sipHash13 } from "./siphash.ts";

test("agrees with a plain transcription of the definition", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 70 }), (input) => {
    const { high, low } = sipHash13(input);
    expect((BigInt(high) << 32n) | BigInt(low)).toBe(reference(input));
  });
  fc.assert(property, { numRuns: 300 });
});

/** The definition on 64-bit integers. */
function reference(input: Uint8Array): bigint {
  const mask = (1n << 64n) - 1n;
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
