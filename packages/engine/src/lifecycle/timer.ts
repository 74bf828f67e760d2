/** A timer has fired: it is deleted, and what it stood for happens, if it still matters. */
import { appendNotification } from "../journal.ts";
import type { TimerRecord } from "../records.ts";
import { TIMER_RETRY, TIMER_START, timerRowKey } from "../rows/keys.ts";
import type { Transaction } from "../transaction.ts";
import { begin } from "./birth.ts";

export function applyTimer(txn: Transaction, record: TimerRecord): void {
  const { timer } = record;
  txn.rawWrites.push({ key: timerRowKey(timer), value: undefined });
  const invocation = txn.invocation(timer.invocation);
  if (invocation === undefined || invocation.status === "completed") return;
  if (invocation.bornIn !== timer.bornIn) return;
  if (timer.id === TIMER_START) startScheduled(txn, record);
  else if (timer.id === TIMER_RETRY) startRetry(txn, record);
  else completeSleep(txn, record);
}

function startScheduled(txn: Transaction, { timer }: TimerRecord): void {
  const current = txn.invocation(timer.invocation);
  // An id that lived twice within a batch has two timers that are alike but for their time.
  if (current?.status !== "scheduled" || current.scheduledFor !== timer.timeMs) return;
  const invocation = txn.edit(timer.invocation);
  if (invocation === undefined) return;
  begin(txn, invocation);
}

function startRetry(txn: Transaction, { timer }: TimerRecord): void {
  const current = txn.invocation(timer.invocation);
  if (current?.status !== "invoked" || current.nextRetryAt !== timer.timeMs) return;
  const invocation = txn.edit(timer.invocation);
  if (invocation === undefined) return;
  invocation.nextRetryAt = 0;
  txn.actions.push({ kind: "start", invocation });
}

function completeSleep(txn: Transaction, { timer }: TimerRecord): void {
  const current = txn.invocation(timer.invocation);
  if (current === undefined) return;
  txn.requireIndex(current);
  // Once only, however often the timer is reported.
  if (txn.derived(current.key).index?.completion(timer.id) !== "absent") return;
  const invocation = txn.edit(timer.invocation);
  if (invocation === undefined) return;
  appendNotification(txn, invocation, {
    kind: "sleepCompletion",
    completionId: timer.id,
    result: { kind: "void" },
  });
}
