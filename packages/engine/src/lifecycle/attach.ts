/** Waiting for the result of an invocation from outside. */

import type { Answer } from "../actions.ts";
import { invariant } from "../invariant.ts";
import type { Invocation } from "../model/invocation.ts";
import type { AttachRecord, Waiter } from "../records.ts";
import { toInstant } from "../timers.ts";
import type { Transaction } from "../transaction.ts";

export function applyAttach(txn: Transaction, record: AttachRecord): void {
  const { key, waiter } = record;
  const invocation = txn.invocation(key);
  if (invocation === undefined) answer(txn, record, { kind: "notFound" });
  else if (record.mode === "attach" || invocation.status === "completed") {
    answerWaiter(txn, invocation, waiter);
  } else answer(txn, record, { kind: "notReady" });
}

function answer(txn: Transaction, record: AttachRecord, value: Answer): void {
  txn.actions.push({ kind: "answer", waiter: record.waiter, key: record.key, answer: value });
}

/** Answers with the result, or lets the waiter wait for it. */
export function answerWaiter(txn: Transaction, invocation: Invocation, waiter: Waiter): void {
  const { key, output } = invocation;
  if (invocation.status !== "completed") {
    txn.actions.push({ kind: "awaitResult", waiter, key });
    return;
  }
  invariant(output !== undefined, "a completed invocation has no output");
  const expiresAt = toInstant(invocation.completedAt + invocation.completionRetentionMs);
  txn.actions.push({
    kind: "answer",
    waiter,
    key,
    answer: { kind: "completed", target: invocation.target, outcome: output, expiresAt },
  });
}
