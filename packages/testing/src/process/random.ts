/** Random bytes: the same for the same seed, or none that anybody could guess. */
import { randomFillSync } from "node:crypto";

const POOL_BYTES = 8192;

export function createRandomBytes(seed: number | undefined): (length: number) => Uint8Array {
  return seed === undefined ? createPool() : createSeeded(seed);
}

/** Drawn in large pieces: an environment should be there at once. */
function createPool(): (length: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = randomFillSync(new Uint8Array(Math.max(POOL_BYTES, length)));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}

/** A counter whose bits are mixed well; ids need no more. */
function createSeeded(seed: number): (length: number) => Uint8Array {
  let state = (seed ^ 0x9e37_79b9) >>> 0;
  const next = () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
  return (length) => Uint8Array.from({ length }, next);
}
