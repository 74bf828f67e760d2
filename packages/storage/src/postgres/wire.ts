/**
 * Values as PostgreSQL receives and sends them. Parameters are sent in its binary format; `pg` hands
 * out what it receives as text, so results come in the text format.
 *
 * A binary array of one dimension, all numbers big-endian:
 *
 * | offset | bytes | field |
 * |--:|--:|---|
 * | 0 | 4 | dimensions: 1, or 0 for an empty array, which ends after the type |
 * | 4 | 4 | whether there are nulls: 0 |
 * | 8 | 4 | type of the elements |
 * | 12 | 4 | elements |
 * | 16 | 4 | index of the first: 1 |
 * | 20 | 4 | length of an element, then its bytes; and so on |
 */

const elementTypes = { bytea: 17, int4: 23 } as const;
const emptyArrayBytes = 12;
const arrayHeaderBytes = 20;
const checksumBytes = 4;

/**
 * A `bytea[]`. With `checksums`, each element is followed by its own: four bytes, little-endian.
 * What it returns does not change with `items`.
 */
export function encodeBytesArray(
  items: readonly Uint8Array[],
  checksums?: readonly number[],
): Buffer {
  const trailerBytes = checksums ? checksumBytes : 0;
  let bytes = items.length * (4 + trailerBytes);
  for (const item of items) bytes += item.length;
  const array = createArray(elementTypes.bytea, items.length, bytes);
  let offset = arrayHeaderBytes;
  for (const [index, item] of items.entries()) {
    array.writeInt32BE(item.length + trailerBytes, offset);
    array.set(item, offset + 4);
    offset += 4 + item.length;
    if (checksums) offset = array.writeUInt32LE(checksums[index] ?? 0, offset);
  }
  return array;
}

/** An `int4[]`. */
export function encodeIntegerArray(items: readonly number[]): Buffer {
  const array = createArray(elementTypes.int4, items.length, items.length * 8);
  let offset = arrayHeaderBytes;
  for (const item of items) {
    offset = array.writeInt32BE(4, offset);
    offset = array.writeInt32BE(item, offset);
  }
  return array;
}

/** A `bytea` parameter; it does not change with `bytes`. */
export function encodeBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}

/** A `bytea` of a result: `\x`, then two hexadecimal digits for each byte. */
export function decodeBytes(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  Buffer.from(bytes.buffer).write(text.slice(2), "hex");
  return bytes;
}

function createArray(elementType: number, count: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(count === 0 ? emptyArrayBytes : arrayHeaderBytes + bytes);
  array.writeInt32BE(count === 0 ? 0 : 1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(elementType, 8);
  if (count === 0) return array;
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  return array;
}
