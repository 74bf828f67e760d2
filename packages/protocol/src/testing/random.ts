/** Seeded randomness for tests that need no shrinking, and so not the cost of loading fast-check. */

/** A generator of integers from 0 to `below - 1`; the same seed gives the same integers. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
  return (below) => Math.floor(((next() * 0x20_0000 + (next() >>> 11)) / 2 ** 53) * below);
}

/** `count` random bytes. */
export function randomBytes(random: (below: number) => number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random(256));
}
