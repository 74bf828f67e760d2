/**
 * Random numbers of an invocation: SplitMix64 expands its 64-bit seed to the state of
 * xoshiro256++. Every attempt draws the same numbers. Not for secrets.
 */
import type { Uint64 } from "@rejoin/protocol";
import type { Rand } from "./context.ts";

const U64_MASK = (1n << 64n) - 1n;
const U53_MASK = (1n << 53n) - 1n;
const TWO_TO_53 = 2 ** 53;

export type Xoshiro256State = [bigint, bigint, bigint, bigint];

export class SeededRand implements Rand {
  readonly #state: Xoshiro256State;

  constructor(state: Xoshiro256State) {
    this.#state = state;
  }

  static fromSeed(seed: Uint64): SeededRand {
    return new SeededRand(expandSeed((BigInt(seed.high) << 32n) | BigInt(seed.low)));
  }

  random(): number {
    return Number(this.u64() & U53_MASK) / TWO_TO_53;
  }

  uuidv4(): string {
    let hex = littleEndianHex(this.u64()) + littleEndianHex(this.u64());
    const version = (Number.parseInt(hex.slice(12, 14), 16) & 0x0f) | 0x40;
    const variant = (Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80;
    hex =
      hex.slice(0, 12) +
      toHexByte(version) +
      hex.slice(14, 16) +
      toHexByte(variant) +
      hex.slice(18);
    const ends = [8, 12, 16, 20, 32];
    return ends.map((end, index) => hex.slice(ends[index - 1] ?? 0, end)).join("-");
  }

  /** The next 64 bits. */
  u64(): bigint {
    const state = this.#state;
    const result = (rotateLeft((state[0] + state[3]) & U64_MASK, 23n) + state[0]) & U64_MASK;
    const shifted = (state[1] << 17n) & U64_MASK;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotateLeft(state[3], 45n);
    return result;
  }
}

/** SplitMix64: four words from one. */
export function expandSeed(seed: bigint): Xoshiro256State {
  let x = seed & U64_MASK;
  const next = () => {
    x = (x + 0x9e3779b97f4a7c15n) & U64_MASK;
    let z = x;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & U64_MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & U64_MASK;
    return z ^ (z >> 31n);
  };
  return [next(), next(), next(), next()];
}

function rotateLeft(x: bigint, bits: bigint): bigint {
  return ((x << bits) & U64_MASK) | (x >> (64n - bits));
}

function littleEndianHex(word: bigint): string {
  const bytes = word.toString(16).padStart(16, "0").match(/../g) ?? [];
  return bytes.reverse().join("");
}

function toHexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
