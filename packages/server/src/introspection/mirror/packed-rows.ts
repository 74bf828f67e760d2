/**
 * Rows in one buffer, so that many of them cross to another process as one.
 *
 * Each row: length of the key (4) and key; length of the value (4) and value. The length
 * 0xffffffff, without a value, says that the row is deleted. Numbers are little-endian.
 */
import { invariant } from "@rejoin/engine";

export interface PackedRow {
  readonly key: Uint8Array;
  /** `undefined` for a row that is deleted. */
  readonly value: Uint8Array | undefined;
}

const LENGTHS_BYTES = 8;
const DELETED = 0xffff_ffff;

export function packRows(rows: readonly PackedRow[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const { key, value } of rows) length += LENGTHS_BYTES + key.length + (value?.length ?? 0);
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { key, value } of rows) {
    view.setUint32(at, key.length, true);
    packed.set(key, at + 4);
    at += 4 + key.length;
    view.setUint32(at, value?.length ?? DELETED, true);
    if (value !== undefined) packed.set(value, at + 4);
    at += 4 + (value?.length ?? 0);
  }
  return packed;
}

/** The rows are views of `packed`. */
export function unpackRows(packed: Uint8Array): PackedRow[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const rows: PackedRow[] = [];
  let at = 0;
  while (at < packed.length) {
    const key = packed.subarray(at + 4, at + 4 + view.getUint32(at, true));
    at += 4 + key.length;
    const length = view.getUint32(at, true);
    at += 4;
    const value = length === DELETED ? undefined : packed.subarray(at, at + length);
    at += value?.length ?? 0;
    rows.push({ key, value });
  }
  invariant(at === packed.length, "packed rows end in the middle of one");
  return rows;
}
