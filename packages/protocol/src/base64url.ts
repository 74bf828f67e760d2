/** Base64 with `-` and `_`, without padding. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The two digits of each 12-bit number. */
const PAIRS = Array.from(
  { length: 4096 },
  (_, bits) => DIGITS.charAt(bits >>> 6) + DIGITS.charAt(bits & 63),
);

/** The base64url text of `bytes`. */
export function formatBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const count = Math.min(3, bytes.length - at);
    const group =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (PAIRS[group >>> 12] as string) + (PAIRS[group & 4095] as string).slice(0, count - 1);
  }
  return text;
}

/** The bytes of base64url `text`, or undefined when it is none or has stray bits at its end. */
export function parseBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = bits >>> bitCount;
    bits &= (1 << bitCount) - 1;
  }
  return bits === 0 ? bytes : undefined;
}
