/**
 * Suspension and resume.
 *
 * A suspended invocation keeps the tree that it awaits. Each notification is folded into the tree's
 * state; when the tree resolves, the invocation is invoked again, with one more start.
 */
import type { Notification } from "@rejoin/protocol";
import { invariant } from "../invariant.ts";
import { releaseSlots, startLater } from "../limits/slots.ts";
import {
  AwaitState,
  type AwaitTree,
  decodeAwaitTree,
  encodeAwaitTree,
} from "../model/await-tree.ts";
import { type Invocation, transition } from "../model/invocation.ts";
import { awaitingRows } from "../rows/awaiting-row.ts";
import type { Transaction } from "../transaction.ts";

/** A tree up to this size is kept in the header. */
const INLINE_TREE_BYTES_MAX = 128;

/**
 * The attempt ended awaiting `tree`, and had been given the journal up to entry `given`. Resumes at
 * once if the journal already resolves the tree.
 */
export function suspend(
  txn: Transaction,
  invocation: Invocation,
  tree: AwaitTree,
  given: number,
): void {
  // Not read before the settlement: what else the record lacks can be asked for together with it.
  txn.probeIndex(invocation);
  transition(invocation, "suspended");
  releaseSlots(txn, invocation);
  invocation.retryCount = 0;
  invocation.lastFailure = undefined;
  invocation.awaitingAfter = Math.min(given, invocation.journalLength - 1);
  const encoded = encodeAwaitTree(tree);
  if (encoded.length <= INLINE_TREE_BYTES_MAX) {
    invocation.awaiting = encoded;
  } else {
    invocation.awaiting = undefined;
    txn.put(awaitingRows, invocation.key, encoded);
  }
  txn.settlements.push(() => {
    const derived = txn.derived(invocation.key);
    invariant(derived.index !== undefined, "a suspension needs the journal's index");
    derived.awaiting = new AwaitState(tree, derived.index, given);
    derived.awaitingOf = invocation.starts;
    if (derived.awaiting.resolved) resume(txn, invocation);
  });
}

/** Notes what {@link requireAwaiting} will read. */
export function probeAwaiting(txn: Transaction, invocation: Invocation): void {
  const derived = txn.derived(invocation.key);
  if (derived.awaiting !== undefined && derived.awaitingOf === invocation.starts) return;
  txn.probeIndex(invocation);
  if (invocation.awaiting === undefined) txn.probe(awaitingRows, invocation.key);
}

/** Makes sure that the await state of a suspended invocation is in memory. */
export function requireAwaiting(txn: Transaction, invocation: Invocation): void {
  const derived = txn.derived(invocation.key);
  if (derived.awaiting !== undefined && derived.awaitingOf === invocation.starts) return;
  probeAwaiting(txn, invocation);
  txn.throwIfLacking();
  const encoded = invocation.awaiting ?? txn.row(awaitingRows, invocation.key);
  invariant(encoded !== undefined, "a suspended invocation awaits nothing");
  invariant(derived.index !== undefined, "an await state needs the journal's index");
  const { awaitingAfter } = invocation;
  derived.awaiting = new AwaitState(decodeAwaitTree(encoded), derived.index, awaitingAfter);
  derived.awaitingOf = invocation.starts;
}

/** Folds a notification into the await state; reads nothing. */
export function observeSuspended(
  txn: Transaction,
  invocation: Invocation,
  notification: Notification,
): void {
  const { awaiting } = txn.derived(invocation.key);
  invariant(awaiting !== undefined, "a suspended invocation has no await state");
  const failed = notification.result.kind === "failure";
  if (notification.kind === "signal") {
    const id = notification.signalIndex ?? notification.signalName;
    if (id !== undefined) awaiting.onSignal(id, failed);
  } else {
    awaiting.onCompletion(notification.completionId, failed);
  }
  if (awaiting.resolved) resume(txn, invocation);
}

/** Invokes a suspended or paused invocation again; reads nothing. */
export function resume(txn: Transaction, invocation: Invocation): void {
  transition(invocation, "invoked");
  invocation.starts += 1;
  invocation.awaiting = undefined;
  invocation.awaitingAfter = 0;
  invocation.retryCount = 0;
  invocation.nextRetryAt = 0;
  invocation.pausing = false;
  txn.derived(invocation.key).awaiting = undefined;
  startLater(txn, invocation);
}
