/** The state that an attempt is given when it opens. */
import {
  type InstanceId,
  instanceOf,
  objectRows,
  type PartitionStore,
  parseStateRowKey,
  type Reads,
  stateRange,
  type Target,
} from "@rejoin/engine";
import type { StateEntry } from "@rejoin/protocol";

export type StateReads = Reads & Pick<PartitionStore, "snapshot">;

export interface EagerState {
  readonly entries: readonly StateEntry[];
  /** There is more, or there may be: the endpoint has to ask. */
  readonly isPartial: boolean;
}

/** Nothing: the endpoint asks for each value. */
export const LAZY_STATE: EagerState = { entries: [], isPartial: true };

const PAGE_ROWS_FIRST = 8;
const PAGE_ROWS_MAX = 512;
const PAGE_BYTES_SMALL = 64 * 1024;

/** As many entries, in the order of their names, as fit `bytesMax`. */
export async function readEagerState(
  reads: StateReads,
  target: Target,
  bytesMax: number,
): Promise<EagerState> {
  const instance = instanceOf(target);
  // An exclusive handler has the object to itself; others see it at one moment.
  if (target.handlerKind === "exclusive") return await readState(reads, instance, bytesMax);
  const snapshot = await reads.snapshot();
  try {
    return await readState(snapshot, instance, bytesMax);
  } finally {
    await snapshot.close();
  }
}

async function readState(
  reads: Reads,
  instance: InstanceId,
  bytesMax: number,
): Promise<EagerState> {
  const [object] = await reads.getMany([objectRows.rowKey(instance)]);
  const generation = object === undefined ? 0 : objectRows.decode(object, instance).generation;
  const range = stateRange(instance, generation);
  const entries: StateEntry[] = [];
  let bytes = 0;
  let { gte } = range;
  let limit = PAGE_ROWS_FIRST;
  for (;;) {
    const rows = await reads.scan({ gte, lt: range.lt }, { limit });
    const before = bytes;
    for (const { key, value } of rows) {
      const { name } = parseStateRowKey(key);
      bytes += name.length + value.length;
      if (bytes > bytesMax) return { entries, isPartial: true };
      entries.push({ key: name, value });
    }
    const last = rows.at(-1);
    if (rows.length < limit || last === undefined) return { entries, isPartial: false };
    gte = followingKey(last.key);
    if (bytes - before < PAGE_BYTES_SMALL) limit = Math.min(2 * limit, PAGE_ROWS_MAX);
  }
}

/** The smallest key greater than `key`. */
function followingKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
