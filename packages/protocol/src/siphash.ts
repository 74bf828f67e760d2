/** SipHash-1-3 with both keys 0: one round for each 8 bytes, three at the end. */
import type { Uint64 } from "./messages.ts";
import { Word64 } from "./word64.ts";

/** The SipHash-1-3 of `input`. */
export function sipHash13(input: Uint8Array): Uint64 {
  const state = new SipState();
  const whole = input.length & ~7;
  for (let at = 0; at < whole; at += 8) state.absorb(word(input, at + 4), word(input, at));
  const tailHigh = word(input, whole + 4) | (input.length << 24);
  state.absorb(tailHigh, word(input, whole));
  return state.finish();
}

class SipState {
  readonly #v0 = new Word64(0x736f6d65, 0x70736575);
  readonly #v1 = new Word64(0x646f7261, 0x6e646f6d);
  readonly #v2 = new Word64(0x6c796765, 0x6e657261);
  readonly #v3 = new Word64(0x74656462, 0x79746573);

  absorb(high: number, low: number): void {
    this.#v3.xor(high, low);
    this.#round();
    this.#v0.xor(high, low);
  }

  finish(): Uint64 {
    this.#v2.xor(0, 0xff);
    this.#round();
    this.#round();
    this.#round();
    const [v0, v1, v2, v3] = [this.#v0, this.#v1, this.#v2, this.#v3];
    v0.xor(v1.high ^ v2.high ^ v3.high, v1.low ^ v2.low ^ v3.low);
    return v0.value;
  }

  #round(): void {
    mix(this.#v0, this.#v1, 13);
    swapHalves(this.#v0);
    mix(this.#v2, this.#v3, 16);
    mix(this.#v0, this.#v3, 21);
    mix(this.#v2, this.#v1, 17);
    swapHalves(this.#v2);
  }
}

function mix(a: Word64, b: Word64, turn: number): void {
  a.add(b.high, b.low);
  b.rotateLeft(turn);
  b.xor(a.high, a.low);
}

function swapHalves(a: Word64): void {
  const { high } = a;
  a.high = a.low;
  a.low = high;
}

/** The little-endian word at `at`, bytes past the end being 0. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
