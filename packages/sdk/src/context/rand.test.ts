import { expect, test } from "vitest";
import { expandSeed, SeededRand } from "./rand.ts";

test("SplitMix64 and xoshiro256++ give the reference's numbers", () => {
  const rand = new SeededRand(expandSeed(11111111111111111n));
  expect([rand.u64(), rand.u64(), rand.u64()]).toEqual([
    14993938765686767826n,
    8187951856952496553n,
    10221716037851679518n,
  ]);
  const plain = new SeededRand([1n, 2n, 3n, 4n]);
  expect([plain.u64(), plain.u64(), plain.u64()]).toEqual([
    41943041n,
    58720359n,
    3588806011781223n,
  ]);
});

test("random and uuidv4", () => {
  const rand = new SeededRand([1n, 2n, 3n, 4n]);
  expect([rand.random(), rand.random(), rand.random()]).toEqual([
    4.656612984099695e-9, 6.519269457605503e-9, 0.39843750651926946,
  ]);
  const uuids = new SeededRand([1n, 2n, 3n, 4n]);
  expect([uuids.uuidv4(), uuids.uuidv4()]).toEqual([
    "01008002-0000-4000-a700-800300000000",
    "67008003-00c0-4c00-b200-449901c20c00",
  ]);
});

test("the seed comes in two halves", () => {
  const seed = 11111111111111111n;
  const rand = SeededRand.fromSeed({
    high: Number(seed >> 32n),
    low: Number(seed & 0xffff_ffffn),
  });
  expect(rand.u64()).toBe(14993938765686767826n);
});
