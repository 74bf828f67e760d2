/** A page of the state of one instance, all of the same committed state. */
import {
  type Instance,
  instanceId,
  objectRows,
  parseStateRowKey,
  type Reads,
  stateRange,
} from "@rejoin/engine";
import { type StateEntry, stateVersion } from "@rejoin/protocol";
import type { PartitionReads } from "../partition-reads.ts";
import { afterKey } from "./instance-rows.ts";
import { rowsAtOnce } from "./page-rows.ts";

export interface StateQuery {
  readonly instance: Instance;
  /** The one value of this name. */
  readonly name: Uint8Array | undefined;
  /** Names after this one. */
  readonly after: Uint8Array | undefined;
  readonly limit: number;
}

export interface ObjectState {
  /** Of the whole state; `undefined` if only a part of it was read. */
  readonly version: string | undefined;
  /** In the order of their names. */
  readonly entries: readonly StateEntry[];
  /** The name to go on after; `undefined` if there is nothing more. */
  readonly next: Uint8Array | undefined;
}

const PAGE_ROWS = 32;
const PAGE_BYTES_MAX = 32 * 1024 * 1024;

export async function readState(
  partitions: PartitionReads,
  query: StateQuery & { readonly partition: number },
): Promise<ObjectState> {
  const snapshot = await partitions.snapshotOf(query.partition);
  try {
    return await readPage(snapshot, query);
  } finally {
    await snapshot.close();
  }
}

async function readPage(reads: Reads, query: StateQuery): Promise<ObjectState> {
  const instance = instanceId(query.instance);
  const [bytes] = await reads.getMany([objectRows.rowKey(instance)]);
  const generation = bytes === undefined ? 0 : objectRows.decode(bytes, instance).generation;
  const { gte: first, lt } = stateRange(instance, generation);
  if (query.name !== undefined) return readOne(reads, stateKeyOf(first, query.name), query.name);
  const entries: StateEntry[] = [];
  let gte = query.after === undefined ? first : afterKey(stateKeyOf(first, query.after));
  for (let size = 0; ; ) {
    const rowsMax = Math.min(PAGE_ROWS, query.limit + 1 - entries.length);
    const limit = rowsAtOnce(entries.length, size, rowsMax);
    const rows = await reads.scan({ gte, lt }, { limit });
    for (const row of rows) {
      if (entries.length >= query.limit || size >= PAGE_BYTES_MAX) {
        return { version: undefined, entries, next: entries.at(-1)?.key };
      }
      entries.push({ key: parseStateRowKey(row.key).name, value: row.value });
      size += row.value.length;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) break;
    gte = afterKey(last.key);
  }
  const version = query.after === undefined ? stateVersion(entries) : undefined;
  return { version, entries, next: undefined };
}

async function readOne(reads: Reads, key: Uint8Array, name: Uint8Array): Promise<ObjectState> {
  const [value] = await reads.getMany([key]);
  const entries = value === undefined ? [] : [{ key: name, value }];
  return { version: undefined, entries, next: undefined };
}

/** The row of a name is the first of its range with the name behind it. */
function stateKeyOf(first: Uint8Array, name: Uint8Array): Uint8Array {
  const key = new Uint8Array(first.length + name.length);
  key.set(first);
  key.set(name, first.length);
  return key;
}
