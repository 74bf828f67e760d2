/** Signals: awakeables, named signals, and the one that cancels. */
import { CANCEL_SIGNAL_INDEX, type SignalNotification } from "@rejoin/protocol";
import { appendNotification } from "../journal.ts";
import type { Invocation } from "../model/invocation.ts";
import type { SignalRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { cancelInvocation } from "./cancel.ts";
import { done } from "./operated.ts";

/** A signal from outside. For one that has completed or never was, it has no effect. */
export function applySignal(txn: Transaction, record: SignalRecord): void {
  signalInvocation(txn, txn.invocation(record.key), record.signal);
  txn.actions.push({ kind: "operated", waiter: record.waiter, result: done });
}

/** What is signalled before the invocation has started waits in its journal. */
export function signalInvocation(
  txn: Transaction,
  current: Invocation | undefined,
  signal: SignalNotification,
): void {
  if (current === undefined || current.status === "completed") return;
  if (signal.signalIndex === CANCEL_SIGNAL_INDEX) {
    cancelInvocation(txn, current);
    return;
  }
  const invocation = txn.edit(current.key);
  if (invocation !== undefined) appendNotification(txn, invocation, signal);
}
