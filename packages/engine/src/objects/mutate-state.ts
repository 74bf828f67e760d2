/** An operator replaces an object's state: now, or when the object's turn for it comes. */
import { done, refused, requested } from "../lifecycle/operated.ts";
import type { MutateStateRecord } from "../records.ts";
import { instanceId } from "../rows/instance.ts";
import { IDLE_OBJECT, objectRows } from "../rows/object-row.ts";
import type { Transaction } from "../transaction.ts";
import { enqueueMutation, putObject } from "./lock.ts";
import { replaceState } from "./replace-state.ts";

export function applyMutateState(txn: Transaction, record: MutateStateRecord): void {
  const instance = instanceId(record.instance);
  const object = txn.row(objectRows, instance) ?? IDLE_OBJECT;
  if (object.holder !== undefined) {
    enqueueMutation(txn, instance, object, record.mutation);
    txn.actions.push({ kind: "operated", waiter: record.waiter, result: requested });
    return;
  }
  const replaced = replaceState(txn, instance, object, record.mutation);
  if (replaced.isApplied) putObject(txn, instance, replaced.object);
  const result = replaced.isApplied
    ? done
    : refused("stateChanged", "the state has changed since: read it again");
  txn.actions.push({ kind: "operated", waiter: record.waiter, result });
}
