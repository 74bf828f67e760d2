/** Notes what happens to an invocation beside its journal. */
import type { AttemptFailure, Invocation } from "../model/invocation.ts";
import { encodeEvent, eventRowKey, type InvocationEvent } from "../rows/event-row.ts";
import type { Transaction } from "../transaction.ts";

/** Before the invocation's `lastFailure` is replaced: a failure like the one before is not new. */
export function noteFailure(
  txn: Transaction,
  invocation: Invocation,
  failure: AttemptFailure,
): void {
  if (invocation.lastFailure !== undefined && isAlike(invocation.lastFailure, failure)) return;
  write(txn, invocation, { kind: "failed", ...happened(txn, invocation), failure });
}

export function notePause(txn: Transaction, invocation: Invocation): void {
  write(txn, invocation, { kind: "paused", ...happened(txn, invocation) });
}

function happened(txn: Transaction, { starts, journalLength }: Invocation) {
  return { at: txn.context.timeMs, start: starts, afterEntry: Math.max(0, journalLength - 1) };
}

function write(txn: Transaction, invocation: Invocation, event: InvocationEvent): void {
  invocation.hasPayloadRows = true;
  txn.rawWrites.push({ key: eventRowKey(invocation.key, event), value: encodeEvent(event) });
}

function isAlike(a: AttemptFailure, b: AttemptFailure): boolean {
  return (
    a.code === b.code &&
    a.message === b.message &&
    a.docCode === b.docCode &&
    a.relatedCommandIndex === b.relatedCommandIndex
  );
}
