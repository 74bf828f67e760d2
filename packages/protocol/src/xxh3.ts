/**
 * XXH3-64 with seed 0 and the default secret, for inputs of any length, in 32-bit arithmetic.
 *
 * | input bytes | way |
 * |---|---|
 * | 0 to 16 | one or two words, mixed and avalanched |
 * | 17 to 128 | 16-byte pairs from both ends, each folded with 16 bytes of the secret |
 * | 129 to 240 | the same in order, eight pairs before an avalanche, the rest after |
 * | above | eight accumulators over 64-byte stripes, scrambled every 1,024 bytes |
 *
 * All words are little-endian.
 */
import type { Uint64 } from "./messages.ts";
import { multiplyHigh, Word64 } from "./word64.ts";

const SECRET = parseHex(
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f" +
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c" +
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364" +
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e" +
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
);

const STRIPE_BYTES = 64;
const STRIPES_PER_BLOCK = 16;
const PRIME32_1 = 0x9e3779b1;
/** The initial accumulators: five 64-bit primes and three 32-bit ones. */
const ACCUMULATORS: readonly (readonly [high: number, low: number])[] = [
  [0, 0xc2b2ae3d],
  [0x9e3779b1, 0x85ebca87],
  [0xc2b2ae3d, 0x27d4eb4f],
  [0x165667b1, 0x9e3779f9],
  [0x85ebca77, 0xc2b2ae63],
  [0, 0x85ebca77],
  [0x27d4eb2f, 0x165667c5],
  [0, PRIME32_1],
];

/** The XXH3-64 hash of `input`. */
export function xxh3(input: Uint8Array): Uint64 {
  const { length } = input;
  if (length > 240) return hashStripes(input);
  if (length > 128) return hashMedium(input);
  if (length > 16) return hashPairs(input);
  if (length > 8) return hash9To16(input);
  if (length > 3) return hash4To8(input);
  return hash0To3(input);
}

function hash0To3(input: Uint8Array): Uint64 {
  const { length } = input;
  const h =
    length === 0
      ? new Word64(word(SECRET, 60) ^ word(SECRET, 68), word(SECRET, 56) ^ word(SECRET, 64))
      : new Word64(0, combine(input) ^ word(SECRET, 0) ^ word(SECRET, 4));
  h.xorShiftRight(33);
  h.multiply(0xc2b2ae3d, 0x27d4eb4f);
  h.xorShiftRight(29);
  h.multiply(0x165667b1, 0x9e3779f9);
  h.xorShiftRight(32);
  return h.value;
}

function combine(input: Uint8Array): number {
  const { length } = input;
  const first = input[0] as number;
  const middle = input[length >> 1] as number;
  const last = input[length - 1] as number;
  return (first << 16) | (middle << 24) | last | (length << 8);
}

function hash4To8(input: Uint8Array): Uint64 {
  const { length } = input;
  const h = new Word64(
    word(input, 0) ^ word(SECRET, 12) ^ word(SECRET, 20),
    word(input, length - 4) ^ word(SECRET, 8) ^ word(SECRET, 16),
  );
  const turned49 = new Word64(h.high, h.low);
  turned49.rotateLeft(49);
  const turned24 = new Word64(h.high, h.low);
  turned24.rotateLeft(24);
  h.xor(turned49.high ^ turned24.high, turned49.low ^ turned24.low);
  h.multiply(0x9fb21c65, 0x1e98df25);
  const shifted = new Word64(0, h.high >>> 3);
  shifted.add(0, length);
  h.xor(shifted.high, shifted.low);
  h.multiply(0x9fb21c65, 0x1e98df25);
  h.xorShiftRight(28);
  return h.value;
}

function hash9To16(input: Uint8Array): Uint64 {
  const { length } = input;
  const aLow = word(input, 0) ^ word(SECRET, 24) ^ word(SECRET, 32);
  const aHigh = word(input, 4) ^ word(SECRET, 28) ^ word(SECRET, 36);
  const bLow = word(input, length - 8) ^ word(SECRET, 40) ^ word(SECRET, 48);
  const bHigh = word(input, length - 4) ^ word(SECRET, 44) ^ word(SECRET, 52);
  const h = new Word64(0, length);
  h.add(swapBytes(aLow), swapBytes(aHigh));
  h.add(bHigh, bLow);
  h.addFoldedProduct(aHigh, aLow, bHigh, bLow);
  return avalanche(h);
}

function hashPairs(input: Uint8Array): Uint64 {
  const { length } = input;
  const h = lengthTimesPrime(length);
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    addPair(h, input, 16 * i, 32 * i);
    addPair(h, input, length - 16 * (i + 1), 32 * i + 16);
  }
  return avalanche(h);
}

function hashMedium(input: Uint8Array): Uint64 {
  const { length } = input;
  const h = lengthTimesPrime(length);
  for (let i = 0; i < 8; i++) addPair(h, input, 16 * i, 16 * i);
  avalanche(h);
  for (let i = 8; i < length >> 4; i++) addPair(h, input, 16 * i, 16 * (i - 8) + 3);
  addPair(h, input, length - 16, 119);
  return avalanche(h);
}

function hashStripes(input: Uint8Array): Uint64 {
  const lanes = ACCUMULATORS.map(([high, low]) => new Word64(high, low));
  const lastStripe = Math.floor((input.length - 1) / STRIPE_BYTES);
  for (let stripe = 0; stripe < lastStripe; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK;
    accumulate(lanes, input, stripe * STRIPE_BYTES, inBlock * 8);
    if (inBlock === STRIPES_PER_BLOCK - 1) scramble(lanes);
  }
  accumulate(lanes, input, input.length - STRIPE_BYTES, 121);
  const h = lengthTimesPrime(input.length);
  for (let i = 0; i < 8; i += 2) {
    const a = lanes[i] as Word64;
    const b = lanes[i + 1] as Word64;
    const at = 11 + 8 * i;
    h.addFoldedProduct(
      a.high ^ word(SECRET, at + 4),
      a.low ^ word(SECRET, at),
      b.high ^ word(SECRET, at + 12),
      b.low ^ word(SECRET, at + 8),
    );
  }
  return avalanche(h);
}

function accumulate(lanes: Word64[], input: Uint8Array, at: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const low = word(input, at + 8 * i);
    const high = word(input, at + 8 * i + 4);
    (lanes[i ^ 1] as Word64).add(high, low);
    const keyedLow = low ^ word(SECRET, secretAt + 8 * i);
    const keyedHigh = high ^ word(SECRET, secretAt + 8 * i + 4);
    (lanes[i] as Word64).add(multiplyHigh(keyedLow, keyedHigh), Math.imul(keyedLow, keyedHigh));
  }
}

function scramble(lanes: Word64[]): void {
  for (let i = 0; i < 8; i++) {
    const lane = lanes[i] as Word64;
    lane.xorShiftRight(47);
    lane.xor(word(SECRET, 132 + 8 * i), word(SECRET, 128 + 8 * i));
    lane.multiply(0, PRIME32_1);
  }
}

/** Adds 16 bytes of input, folded with 16 bytes of the secret. */
function addPair(h: Word64, input: Uint8Array, at: number, secretAt: number): void {
  h.addFoldedProduct(
    word(input, at + 4) ^ word(SECRET, secretAt + 4),
    word(input, at) ^ word(SECRET, secretAt),
    word(input, at + 12) ^ word(SECRET, secretAt + 12),
    word(input, at + 8) ^ word(SECRET, secretAt + 8),
  );
}

function lengthTimesPrime(length: number): Word64 {
  const h = new Word64(0, length);
  h.multiply(0x9e3779b1, 0x85ebca87);
  return h;
}

function avalanche(h: Word64): Uint64 {
  h.xorShiftRight(37);
  h.multiply(0x16566791, 0x9e3779f9);
  h.xorShiftRight(32);
  return h.value;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function swapBytes(value: number): number {
  return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24);
}

function parseHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
