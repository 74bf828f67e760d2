/**
 * CRC-32C, the checksum of LevelDB, and the masking that it applies to stored checksums. Sixteen
 * bytes a step through sixteen tables: about 2 GB/s. (`zlib.crc32` has another polynomial.)
 */
const polynomial = 0x82f63b78;
const tables = createTables();

/** The checksum of `bytes` from `start` to `end` (exclusive), as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = -1;
  let at = start;
  for (const last = end - 16; at <= last; at += 16) {
    crc =
      fold(crc ^ view.getInt32(at, true), 12) ^
      fold(view.getInt32(at + 4, true), 8) ^
      fold(view.getInt32(at + 8, true), 4) ^
      fold(view.getInt32(at + 12, true), 0);
  }
  for (; at < end; at++) {
    crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** The checksum that a stored, masked one stands for. */
export function unmaskCrc32c(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** Four bytes that `tableIndex` more words and this word's own place are away from the end. */
function fold(word: number, tableIndex: number): number {
  const base = tableIndex << 8;
  return (
    (tables[base + 768 + (word & 0xff)] as number) ^
    (tables[base + 512 + ((word >>> 8) & 0xff)] as number) ^
    (tables[base + 256 + ((word >>> 16) & 0xff)] as number) ^
    (tables[base + (word >>> 24)] as number)
  );
}

function createTables(): Int32Array {
  const made = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number;
    made[at] = (before >>> 8) ^ (made[before & 0xff] as number);
  }
  return made;
}
