/** Seeded random numbers: the only source of chance in a simulation. */
export class SeededRandom {
  private readonly seed: number;
  private state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  /** A generator of its own for `label`: what it draws does not shift what others draw. */
  fork(label: string): SeededRandom {
    let hash = this.seed ^ 0x9e37_79b9;
    for (let i = 0; i < label.length; i++) {
      hash = Math.imul(hash ^ label.charCodeAt(i), 0x0100_0193);
    }
    const forked = new SeededRandom(hash);
    forked.next();
    return forked;
  }

  /** 32 random bits, unsigned (splitmix32). */
  next(): number {
    this.state = (this.state + 0x9e37_79b9) | 0;
    let mixed = this.state ^ (this.state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A whole number, at least 0, less than `end`. */
  below(end: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * end);
  }

  /** A whole number, both ends included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** `true` with this probability, 0 to 1. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return this.next() < probability * 0x1_0000_0000;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() & 0xff;
    return bytes;
  }
}
