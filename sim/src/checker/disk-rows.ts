/** Rows of a disk, as they are now. */
import {
  type InstanceId,
  type KeyRange,
  objectRows,
  parseStateRowKey,
  type RowKind,
  stateRange,
} from "@rejoin/engine";
import type { MemoryDisk } from "@rejoin/storage";
import { latin1 } from "./digest.ts";

export type DiskPartition = ReturnType<MemoryDisk["partition"]>;

/** A character for each byte, as the disk names its rows. */
export function binaryText(bytes: Uint8Array): string {
  return latin1(bytes, bytes.length);
}

export function readRow<T>({ rows }: DiskPartition, kind: RowKind<T>, key: string): T | undefined {
  const value = rows.get(binaryText(kind.rowKey(key)));
  return value === undefined ? undefined : kind.decode(value, key);
}

export function* rowsIn(
  { rows }: DiskPartition,
  { gte, lt }: KeyRange,
): Generator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
  const limit = Number.MAX_SAFE_INTEGER;
  for (const [key, value] of rows.range({ gte: binaryText(gte), lt: binaryText(lt), limit })) {
    yield { key: Buffer.from(key, "latin1"), value };
  }
}

/** The state of an object that counts. */
export function readState(partition: DiskPartition, instance: InstanceId): Map<string, string> {
  const generation = readRow(partition, objectRows, instance)?.generation ?? 0;
  const state = new Map<string, string>();
  for (const { key, value } of rowsIn(partition, stateRange(instance, generation))) {
    state.set(binaryText(parseStateRowKey(key).name), binaryText(value));
  }
  return state;
}
