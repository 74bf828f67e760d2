/** Deleting what is kept of an invocation, a page of rows at a time. */
import type { InvocationKey } from "@rejoin/protocol";
import type { Invocation } from "../model/invocation.ts";
import { putObject } from "../objects/lock.ts";
import { binaryString } from "../rows/bytes.ts";
import { instanceOf } from "../rows/instance.ts";
import { awaitingRowKey, Tag } from "../rows/keys.ts";
import { IDLE_OBJECT, objectRows } from "../rows/object-row.ts";
import { promiseRows } from "../rows/promise-row.ts";
import { stateRows } from "../rows/state-rows.ts";
import type { Transaction } from "../transaction.ts";

const PURGED = {
  kind: "failure",
  failure: { code: 410, message: "the workflow was purged before the promise was completed" },
} as const;

/** Notes what {@link deleteRows} and {@link removeInvocation} will read. */
export function probeRemoval(
  txn: Transaction,
  key: InvocationKey,
  rows: readonly Uint8Array[],
): void {
  const invocation = txn.invocation(key);
  if (invocation?.target.handlerKind !== "workflow") return;
  txn.probe(objectRows, instanceOf(invocation.target));
  for (const row of rows) {
    if (row[0] === Tag.promise) txn.probe(promiseRows, binaryString(row.subarray(1)));
  }
}

/** Deletes rows by their key. State and promises may be in memory, and are deleted there too. */
export function deleteRows(txn: Transaction, rows: readonly Uint8Array[]): void {
  for (const key of rows) {
    if (key[0] === Tag.state) txn.put(stateRows, binaryString(key.subarray(1)), undefined);
    else if (key[0] === Tag.promise) deletePromise(txn, binaryString(key.subarray(1)));
    else txn.rawWrites.push({ key, value: undefined });
  }
}

/** Whoever waits for it is told: nobody will complete it any more. */
function deletePromise(txn: Transaction, key: string): void {
  const promise = txn.row(promiseRows, key);
  txn.put(promiseRows, key, undefined);
  if (promise?.kind !== "open") return;
  for (const { key: to, bornIn, completionId } of promise.waiters) {
    txn.send({ kind: "result", for: "promise", to, bornIn, completionId, outcome: PURGED });
  }
}

/** The last of its rows are gone: so is the invocation, and with a workflow's run the workflow. */
export function removeInvocation(txn: Transaction, invocation: Invocation): void {
  if (invocation.target.handlerKind === "workflow") forgetWorkflow(txn, invocation);
  txn.remove(invocation.key);
  txn.rawWrites.push({ key: awaitingRowKey(invocation.key), value: undefined });
}

/** A generation that was raised stays: a task may still be deleting what is older. */
function forgetWorkflow(txn: Transaction, invocation: Invocation): void {
  const instance = instanceOf(invocation.target);
  const object = txn.row(objectRows, instance);
  if (object === undefined || object.holder !== undefined) return;
  putObject(txn, instance, { ...IDLE_OBJECT, generation: object.generation });
}

/** The journal's rows are gone: the result is kept. */
export function forgetJournal(txn: Transaction, key: InvocationKey): void {
  const invocation = txn.edit(key);
  if (invocation === undefined) return;
  invocation.hasJournalRows = false;
  invocation.journalLength = 0;
}
