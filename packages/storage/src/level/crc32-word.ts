/** CRC-32 of four bytes: for so few the call of a native function costs more than the work. */

const POLYNOMIAL = 0xedb88320;
const TABLE = new Int32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** The same as `crc32` of the word's bytes, the lowest first, after those with checksum `before`. */
export function crc32OfWord(word: number, before: number): number {
  let crc = ~before ^ word;
  for (let byte = 0; byte < 4; byte++) crc = (crc >>> 8) ^ (TABLE[crc & 0xff] ?? 0);
  return ~crc >>> 0;
}
