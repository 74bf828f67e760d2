/** A generator of numbers that a seed repeats: what a test draws can be drawn again. */
export interface SeededRandom {
  readonly seed: number;
  /** At least 0, less than 1. */
  next(): number;
  /** An integer, both ends included. */
  integer(min: number, max: number): number;
  pick<const T>(choices: readonly [T, ...T[]]): T;
}

/** Mulberry32; the seed is `REJOIN_SEED`, or a new one. */
export function createSeededRandom(): SeededRandom {
  const given = Number(process.env.REJOIN_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given : Date.now() % 2 ** 31;
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    seed,
    next,
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
  };
}
