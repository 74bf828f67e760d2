/**
 * How rows lie in LevelDB.
 *
 * Key: a namespace (one ASCII byte), then a partition (u16, big-endian), then the key proper.
 *
 * | namespace | u16 | key proper | value |
 * |---|---|---|---|
 * | `r` | partition | row key | row value |
 * | `m` | destination | source, commit, index (mailbox-key.ts) | message body |
 * | `h` | partition | | head: epoch, commit number, time (partition-head.ts) |
 * | `c` | write number mod 65,536 | | commit check: write number, CRC-32 (write-ring.ts) |
 * | `b` | 0 | | number of the first write that the ring vouches for |
 * | `d` | 0 | metadata key, UTF-8 | version (f64), value |
 *
 * Value: the value, then the CRC-32 (u32, little-endian) of the whole key and the value, so that
 * neither a changed value nor one under another key is ever returned.
 */
import { crc32 } from "node:zlib";
import { StoreError } from "@rejoin/engine";

/** The first byte of a key. */
export const namespaces = {
  row: 0x72,
  mailbox: 0x6d,
  head: 0x68,
  ring: 0x63,
  ringBase: 0x62,
  metadata: 0x64,
} as const;

/** One of the first bytes. */
export type Namespace = (typeof namespaces)[keyof typeof namespaces];

/** Namespace and partition. */
export const prefixBytes = 3;

/** What a stored value has more than the value. */
export const checksumBytes = 4;

/** Writes namespace and partition at `offset`. */
export function encodePrefix(
  target: Uint8Array,
  offset: number,
  namespace: Namespace,
  partition: number,
): void {
  target[offset] = namespace;
  target[offset + 1] = partition >>> 8;
  target[offset + 2] = partition & 0xff;
}

/** The key of LevelDB for a key of a partition. */
export function encodeKey(
  namespace: Namespace,
  partition: number,
  key: Uint8Array = noBytes,
): Uint8Array {
  const encoded = new Uint8Array(prefixBytes + key.length);
  encodePrefix(encoded, 0, namespace, partition);
  encoded.set(key, prefixBytes);
  return encoded;
}

/** The keys of LevelDB for many keys of a partition, in one piece of memory. */
export function encodeKeys(
  namespace: Namespace,
  partition: number,
  keys: readonly Uint8Array[],
): Uint8Array[] {
  let bytes = 0;
  for (const key of keys) bytes += prefixBytes + key.length;
  const memory = new Uint8Array(bytes);
  let offset = 0;
  return keys.map((key) => {
    const length = prefixBytes + key.length;
    encodePrefix(memory, offset, namespace, partition);
    memory.set(key, offset + prefixBytes);
    offset += length;
    return memory.subarray(offset - length, offset);
  });
}

/** The first key after every key of a partition in a namespace. */
export function encodeEnd(namespace: Namespace, partition: number): Uint8Array {
  const end = encodeKey(namespace, (partition + 1) & 0xffff);
  if (partition === 0xffff) end[0] = namespace + 1;
  return end;
}

/** The value without its checksum; throws `DATA_CORRUPTION` if the two differ. */
export function decodeValue(directory: string, key: Uint8Array, stored: Uint8Array): Uint8Array {
  const length = stored.length - checksumBytes;
  const value = new Uint8Array(stored.buffer, stored.byteOffset, Math.max(0, length));
  const wanted = length < 0 ? undefined : readUint32(stored, length);
  if (wanted === crc32(value, crc32(key))) return value;
  const hex = Buffer.from(key.buffer, key.byteOffset, key.length).toString("hex");
  throw new StoreError(
    "DATA_CORRUPTION",
    `the value of key ${hex} in ${directory} does not match its checksum: ` +
      "restore the directory from a backup",
  );
}

const noBytes = new Uint8Array(0);

function readUint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
