/**
 * Fixed-width base62 of 64- and 128-bit numbers: digits `0-9a-zA-Z`, most significant first, padded
 * with `0` to 11 and 22 digits. Three digits at a time: 62^3 times a 32-bit word stays below 2^53.
 */

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS_PER_STEP = 3;
const STEP = 62 ** DIGITS_PER_STEP;
const TWO_32 = 0x1_0000_0000;

const codes = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
/** The value of each ASCII code, 255 for what is no digit. */
const values = new Uint8Array(128).fill(255);
codes.forEach((code, value) => {
  values[code] = value;
});

/** The 11 digits of the number `high * 2^32 + low`. */
export function formatBase62Of64(low: number, high: number): string {
  let rest = high % STEP;
  let word1 = Math.floor(high / STEP);
  let all = rest * TWO_32 + low;
  let word0 = Math.floor(all / STEP);
  const group3 = all - word0 * STEP;
  rest = word1 % STEP;
  word1 = Math.floor(word1 / STEP);
  all = rest * TWO_32 + word0;
  word0 = Math.floor(all / STEP);
  const group2 = all - word0 * STEP;
  all = word1 * TWO_32 + word0;
  const group0 = Math.floor(all / STEP);
  return (
    twoDigits(group0) + threeDigits(all - group0 * STEP) + threeDigits(group2) + threeDigits(group3)
  );
}

/** The 22 digits of the number whose 32-bit words are given from the least significant on. */
export function formatBase62Of128(w0: number, w1: number, w2: number, w3: number): string {
  let a = w0;
  let b = w1;
  let c = w2;
  let d = w3;
  let text = "";
  for (let group = 0; group < 7; group++) {
    let quotient = Math.floor(d / STEP);
    let rest = d - quotient * STEP;
    d = quotient;
    let part = rest * TWO_32 + c;
    quotient = Math.floor(part / STEP);
    rest = part - quotient * STEP;
    c = quotient;
    part = rest * TWO_32 + b;
    quotient = Math.floor(part / STEP);
    rest = part - quotient * STEP;
    b = quotient;
    part = rest * TWO_32 + a;
    quotient = Math.floor(part / STEP);
    rest = part - quotient * STEP;
    a = quotient;
    text = threeDigits(rest) + text;
  }
  return DIGITS.charAt(a) + text;
}

/**
 * The number in `text` from `start` up to `end` as 32-bit words from the least significant on, or
 * undefined when a character is no digit or the number does not fit `wordCount` words.
 */
export function parseBase62(
  text: string,
  start: number,
  end: number,
  wordCount: number,
): Uint32Array | undefined {
  const words = new Uint32Array(wordCount);
  for (let at = start; at < end; ) {
    let group = 0;
    let scale = 1;
    for (const stop = Math.min(end, at + DIGITS_PER_STEP); at < stop; at++) {
      const value = values[text.charCodeAt(at)] ?? 255;
      if (value === 255) return undefined;
      group = group * 62 + value;
      scale *= 62;
    }
    for (let i = 0; i < wordCount; i++) {
      const product = (words[i] as number) * scale + group;
      words[i] = product;
      group = Math.floor(product / TWO_32);
    }
    if (group !== 0) return undefined;
  }
  return words;
}

function threeDigits(value: number): string {
  const upper = (value / 62) | 0;
  const first = (upper / 62) | 0;
  return String.fromCharCode(
    codes[first] as number,
    codes[upper - first * 62] as number,
    codes[value - upper * 62] as number,
  );
}

function twoDigits(value: number): string {
  const first = (value / 62) | 0;
  return String.fromCharCode(codes[first] as number, codes[value - first * 62] as number);
}
