/**
 * One mutable unsigned 64-bit word as two 32-bit halves: what the hashes here compute with.
 * Halves are kept as signed or unsigned 32-bit numbers alike; {@link Word64.value} normalizes them.
 */
import type { Uint64 } from "./messages.ts";

const TWO_32 = 0x1_0000_0000;

export class Word64 {
  high: number;
  low: number;

  constructor(high: number, low: number) {
    this.high = high | 0;
    this.low = low | 0;
  }

  get value(): Uint64 {
    return { high: this.high >>> 0, low: this.low >>> 0 };
  }

  add(high: number, low: number): void {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum >= TWO_32 ? 1 : 0)) | 0;
    this.low = sum | 0;
  }

  xor(high: number, low: number): void {
    this.high ^= high;
    this.low ^= low;
  }

  /** Keeps the lower 64 bits of the product. */
  multiply(high: number, low: number): void {
    const upper = Math.imul(this.high, low) + Math.imul(this.low, high);
    this.high = (multiplyHigh(this.low, low) + upper) | 0;
    this.low = Math.imul(this.low, low);
  }

  /** `this ^= this >>> count`, for a count of 1 to 63. */
  xorShiftRight(count: number): void {
    if (count >= 32) {
      this.low ^= this.high >>> (count - 32);
    } else {
      this.low ^= (this.low >>> count) | (this.high << (32 - count));
      this.high ^= this.high >>> count;
    }
  }

  /** Rotates left by 1 to 63, except 32. */
  rotateLeft(count: number): void {
    const high = count < 32 ? this.high : this.low;
    const low = count < 32 ? this.low : this.high;
    const by = count & 31;
    this.high = (high << by) | (low >>> (32 - by));
    this.low = (low << by) | (high >>> (32 - by));
  }

  /** Adds the upper half of the 128-bit product `a * b`, xored with its lower half. */
  addFoldedProduct(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
    const middle =
      multiplyHigh(aLow, bLow) + (Math.imul(aLow, bHigh) >>> 0) + (Math.imul(aHigh, bLow) >>> 0);
    const upper =
      (Math.imul(aHigh, bHigh) >>> 0) +
      multiplyHigh(aLow, bHigh) +
      multiplyHigh(aHigh, bLow) +
      Math.floor(middle / TWO_32);
    const top = multiplyHigh(aHigh, bHigh) + Math.floor(upper / TWO_32);
    this.add((middle | 0) ^ (top | 0), Math.imul(aLow, bLow) ^ (upper | 0));
  }
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
export function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const cross1 = Math.imul(a0, b1) >>> 0;
  const cross2 = Math.imul(a1, b0) >>> 0;
  const middle = (Math.imul(a0, b0) >>> 16) + (cross1 & 0xffff) + (cross2 & 0xffff);
  const upper = Math.imul(a1, b1) >>> 0;
  return upper + (cross1 >>> 16) + (cross2 >>> 16) + (middle >>> 16);
}
