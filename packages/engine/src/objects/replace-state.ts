/** An operator's change of an object's state: all of it is replaced. */
import { type StateEntry, stateVersion } from "@rejoin/protocol";
import type { StateMutation } from "../rows/inbox-row.ts";
import type { InstanceId } from "../rows/instance.ts";
import type { ObjectRow } from "../rows/object-row.ts";
import {
  parseStateRowKey,
  stateKey,
  stateMapKey,
  stateMapRows,
  statePrefix,
  stateRows,
} from "../rows/state-rows.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";

export interface Replaced {
  readonly object: ObjectRow;
  /** `false`: the state was not the one that the change expected, and has not been changed. */
  readonly isApplied: boolean;
}

/** Applies `mutation` to an object that nobody holds; the row is the caller's to write. */
export function replaceState(
  txn: Transaction,
  instance: InstanceId,
  object: ObjectRow,
  { entries, version }: StateMutation,
): Replaced {
  if (version !== undefined) {
    const present = readState(txn, instance, object.generation);
    if (stateVersion(present) !== version) return { object, isApplied: false };
  }
  const cleared = raiseGeneration(txn, instance, object);
  for (const { key, value } of entries) {
    txn.put(stateRows, stateKey(instance, cleared.generation, key), value);
  }
  return { object: cleared, isApplied: true };
}

/** Clears the state: what is left of it is deleted by a task. */
export function raiseGeneration(
  txn: Transaction,
  instance: InstanceId,
  object: ObjectRow,
): ObjectRow {
  const generation = object.generation + 1;
  txn.fresh.add(statePrefix(instance, generation));
  putTask(txn, { kind: "clear", instance, generation });
  return { ...object, generation };
}

/** Whether a generation has begun in this record: then nothing of it is stored. */
export function isFresh(txn: Transaction, instance: InstanceId, generation: number): boolean {
  return txn.fresh.has(statePrefix(instance, generation));
}

/** One value of the state, `undefined` if there is none. */
export function readValue(
  txn: Transaction,
  instance: InstanceId,
  generation: number,
  name: Uint8Array,
): Uint8Array | undefined {
  const key = stateKey(instance, generation, name);
  if (!isFresh(txn, instance, generation)) return txn.row(stateRows, key);
  return txn.written(stateRows, key).find((write) => write.key === key)?.value;
}

/** The whole state, in the order of its names. */
export function readState(
  txn: Transaction,
  instance: InstanceId,
  generation: number,
): readonly StateEntry[] {
  const key = stateMapKey(txn.nonce, instance, generation);
  const stored = isFresh(txn, instance, generation) ? [] : (txn.row(stateMapRows, key) ?? []);
  const own = txn.written(stateRows, statePrefix(instance, generation));
  if (own.length === 0) return stored;
  const names = new Map<string, StateEntry>();
  for (const entry of stored) {
    names.set(stateKey(instance, generation, entry.key), entry);
  }
  for (const { key: id, value } of own) {
    if (value === undefined) names.delete(id);
    else {
      const name = parseStateRowKey(stateRows.rowKey(id)).name;
      names.set(id, { key: name, value: value as Uint8Array });
    }
  }
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}
