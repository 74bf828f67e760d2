/** Base58 with the alphabet of Bitcoin, in which public keys are written. */
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE = 58n;

/** Leading zero bytes become leading ones, as many. */
export function encodeBase58(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
  let digits = "";
  for (; rest > 0n; rest /= BASE) digits = ALPHABET.charAt(Number(rest % BASE)) + digits;
  const firstSet = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(firstSet === -1 ? bytes.length : firstSet) + digits;
}
