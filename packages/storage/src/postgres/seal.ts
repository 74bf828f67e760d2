/**
 * A stored value is followed by the CRC-32 (four bytes, little-endian) of where it lies, its key and
 * itself, so that neither a changed value nor one under another key is ever returned: PostgreSQL
 * checks its pages only if its cluster was made with checksums.
 *
 * Where it lies: one ASCII byte for the table (`r` rows, `m` mailbox, `d` metadata), then the
 * partition as a u16, big-endian (0 for metadata).
 */
import { crc32 } from "node:zlib";
import { StoreError } from "@rejoin/engine";

const tables = { rows: 0x72, mailbox: 0x6d, metadata: 0x64 } as const;
const checksumBytes = 4;

/** The table and the partition of a value, as the checksum of the two. */
export type SealScope = number & { readonly scope: unique symbol };

/** See {@link SealScope}. */
export function sealScope(table: keyof typeof tables, partition: number): SealScope {
  const place = Uint8Array.of(tables[table], partition >>> 8, partition & 0xff);
  return crc32(place) as SealScope;
}

/** The checksum that follows `value`. */
export function checksumOf(scope: SealScope, key: Uint8Array, value: Uint8Array): number {
  return extend(extend(scope, key), value);
}

/** The value without its checksum; throws `DATA_CORRUPTION`, naming `place`, if the two differ. */
export function openSealed(
  scope: SealScope,
  key: Uint8Array,
  stored: Uint8Array,
  place: string,
): Uint8Array {
  const length = Math.max(0, stored.length - checksumBytes);
  const value = stored.subarray(0, length);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  const isWhole = stored.length >= checksumBytes;
  if (isWhole && view.getUint32(length, true) === checksumOf(scope, key, value)) return value;
  throw new StoreError(
    "DATA_CORRUPTION",
    `the value of key ${Buffer.from(key).toString("hex")} in ${place} does not match its ` +
      "checksum: restore the database from a backup",
  );
}

/** Of empty bytes without memory of their own, Node's `crc32` is 0, whatever came before. */
function extend(checksum: number, bytes: Uint8Array): number {
  return bytes.length === 0 ? checksum : crc32(bytes, checksum);
}
