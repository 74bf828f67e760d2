/**
 * The ring of the last 65,536 physical writes. Each write puts a row under its number modulo
 * 65,536, so a write that is missing from the middle or the end leaves a gap.
 *
 * | offset | bytes | field of the value |
 * |--:|--:|---|
 * | 0 | 8 | write number, f64, big-endian |
 * | 8 | 4 | CRC-32 of the checksums of the write's rows, big-endian |
 *
 * The base is the first write that the ring vouches for: 1, or where a store went on after its
 * owner accepted a loss.
 */
import { StoreError } from "@rejoin/engine";
import type { Database } from "./database.ts";
import {
  checksumBytes,
  decodeValue,
  encodeEnd,
  encodeKey,
  namespaces,
  prefixBytes,
} from "./row-codec.ts";
import type { WriteBatch } from "./write-batch.ts";

/** How many writes back the ring goes. */
export const ringSlots = 65_536;

const ringValueBytes = 12;
const noBytes = new Uint8Array(0);

/** Adds the check row of write `number`, the last row of its batch. */
export function putRingRow(batch: WriteBatch, number: number): void {
  const value = new DataView(new ArrayBuffer(ringValueBytes));
  value.setFloat64(0, number);
  value.setUint32(8, batch.digest);
  batch.put(namespaces.ring, number % ringSlots, noBytes, new Uint8Array(value.buffer));
}

/** The number of a write whose batch, as LevelDB logs it, ends with `tail`. */
export function readRingNumberAtEnd(tail: Uint8Array): number | undefined {
  // A put: tag 1, length of the key, key, length of the value, value.
  const valueBytes = ringValueBytes + checksumBytes;
  const start = tail.length - (1 + 1 + prefixBytes + 1 + valueBytes);
  const isPut = tail[start] === 1 && tail[start + 1] === prefixBytes;
  if (start < 0 || !isPut || tail[start + 2] !== namespaces.ring) return undefined;
  const value = tail.subarray(tail.length - valueBytes);
  return new DataView(value.buffer, value.byteOffset, value.length).getFloat64(0);
}

/** Makes the ring vouch for the writes from `base` on only. */
export function putRingBase(batch: WriteBatch, base: number): void {
  const value = new DataView(new ArrayBuffer(8));
  value.setFloat64(0, base);
  batch.put(namespaces.ringBase, 0, noBytes, new Uint8Array(value.buffer));
}

/** What a database says of its physical writes. */
export interface WriteRing {
  /** The first write that the ring vouches for, `undefined` if the database has none. */
  readonly base: number | undefined;
  /** The highest number found, 0 if there is none. */
  readonly last: number;
  /** Numbers that should be there and are not, as inclusive ranges. */
  readonly gaps: readonly (readonly [first: number, last: number])[];
}

/** Reads the ring; throws `DATA_CORRUPTION` if one of its rows is damaged. */
export async function readWriteRing(database: Database, directory: string): Promise<WriteRing> {
  const base = await readBase(database, directory);
  const numbers = new Float64Array(ringSlots);
  const found = await readNumbers(database, directory, numbers);
  const sorted = numbers.subarray(0, found).sort();
  const last = sorted[found - 1] ?? 0;
  const gaps: [number, number][] = [];
  let expected = Math.max(base ?? 1, last - ringSlots + 1);
  for (const number of sorted) {
    if (number < expected) continue;
    if (number > expected) gaps.push([expected, number - 1]);
    expected = number + 1;
  }
  return { base, last, gaps };
}

/** The gaps of a ring that should reach `durable`, in words; `undefined` if there are none. */
export function describeGaps(ring: WriteRing, durable: number): string | undefined {
  if (ring.base === undefined) return "all writes are missing";
  const tail: [number, number][] = durable > ring.last ? [[ring.last + 1, durable]] : [];
  const gaps = [...ring.gaps, ...tail];
  if (gaps.length === 0) return undefined;
  const words = gaps.slice(0, 5).map(([first, last]) => `${first} to ${last}`);
  return `writes ${words.join(", ")}${gaps.length > 5 ? " and others" : ""} are missing`;
}

async function readBase(database: Database, directory: string): Promise<number | undefined> {
  const key = encodeKey(namespaces.ringBase, 0);
  const stored = await database.get(key);
  if (stored === undefined) return undefined;
  return toView(decodeValue(directory, key, stored)).getFloat64(0);
}

async function readNumbers(
  database: Database,
  directory: string,
  numbers: Float64Array,
): Promise<number> {
  const iterator = database.iterator({
    gte: encodeKey(namespaces.ring, 0),
    lt: encodeEnd(namespaces.ring, ringSlots - 1),
    highWaterMarkBytes: 1 << 20,
  });
  let found = 0;
  try {
    for (;;) {
      const rows = await iterator.nextv(10_000);
      if (rows.length === 0) return found;
      for (const [key, stored] of rows) {
        numbers[found] = toView(decodeValue(directory, key, stored)).getFloat64(0);
        found += 1;
      }
    }
  } finally {
    await iterator.close();
  }
}

function toView(bytes: Uint8Array): DataView {
  if (bytes.length < 8) throw new StoreError("DATA_CORRUPTION", "a row of the write ring is short");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
