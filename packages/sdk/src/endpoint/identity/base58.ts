/** Base58 as Bitcoin writes it: the digits and letters that are not mistaken for one another. */

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE = 58;

/** The bytes of base58 `text`, or undefined when it is none. Takes time in the square of the length. */
export function decodeBase58(text: string): Uint8Array | undefined {
  /** Of the number, the lowest first. */
  const bytes: number[] = [];
  for (const digit of text) {
    let carry = DIGITS.indexOf(digit);
    if (carry < 0) return undefined;
    for (const [index, byte] of bytes.entries()) {
      carry += byte * BASE;
      bytes[index] = carry & 0xff;
      carry >>>= 8;
    }
    if (carry > 0) bytes.push(carry);
  }
  // Zeros in front are no part of the number: each is a digit of its own.
  const zeros = text.length - text.replace(/^1+/, "").length;
  return Uint8Array.from([...Array<number>(zeros).fill(0), ...bytes.reverse()]);
}
