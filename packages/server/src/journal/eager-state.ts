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

/** States that are in memory, each as a whole and as it was last committed. */
export interface StateMemory {
  get(instance: InstanceId): readonly StateEntry[] | undefined;
  /** Lets `read` read a state, and say what all of it is, to be remembered. */
  read<T>(
    instance: InstanceId,
    read: (admit: (generation: number, entries: readonly StateEntry[]) => void) => Promise<T>,
  ): Promise<T>;
}

export type StateReads = Reads &
  Pick<PartitionStore, "snapshot"> & { readonly states?: StateMemory };

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

/** The same as {@link readEagerState}, if nothing has to be read for it. */
export function recallEagerState(
  { states }: StateReads,
  target: Target,
  bytesMax: number,
): EagerState | undefined {
  const entries = states?.get(instanceOf(target));
  if (entries === undefined) return undefined;
  let bytes = 0;
  for (const { key, value } of entries) bytes += key.length + value.length;
  return bytes > bytesMax ? undefined : { entries: entries.map(copyOf), isPartial: false };
}

/** As many entries, in the order of their names, as fit `bytesMax`. */
export async function readEagerState(
  reads: StateReads,
  target: Target,
  bytesMax: number,
): Promise<EagerState> {
  const instance = instanceOf(target);
  const read = (admit: Admit) => readCommitted(reads, target, { instance, bytesMax, admit });
  return await (reads.states?.read(instance, read) ?? read(() => undefined));
}

type Admit = (generation: number, entries: readonly StateEntry[]) => void;

interface Wanted {
  readonly instance: InstanceId;
  readonly bytesMax: number;
  readonly admit: Admit;
}

async function readCommitted(
  reads: StateReads,
  target: Target,
  wanted: Wanted,
): Promise<EagerState> {
  // An exclusive handler has the object to itself; others see it at one moment.
  if (target.handlerKind === "exclusive") return await readState(reads, wanted);
  const snapshot = await reads.snapshot();
  try {
    return await readState(snapshot, wanted);
  } finally {
    await snapshot.close();
  }
}

async function readState(reads: Reads, { instance, bytesMax, admit }: Wanted): Promise<EagerState> {
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
    if (rows.length < limit || last === undefined) {
      admit(generation, entries.map(copyOf));
      return { entries, isPartial: false };
    }
    gte = followingKey(last.key);
    if (bytes - before < PAGE_BYTES_SMALL) limit = Math.min(2 * limit, PAGE_ROWS_MAX);
  }
}

/** Handlers of this process are given the arrays themselves. */
function copyOf({ key, value }: StateEntry): StateEntry {
  return { key, value: new Uint8Array(value) };
}

/** The smallest key greater than `key`. */
function followingKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
