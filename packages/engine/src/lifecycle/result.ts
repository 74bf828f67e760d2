/** A result reaches the invocation that waits for it. */
import type { CompletionKind } from "@rejoin/protocol";
import { appendNotification } from "../journal.ts";
import type { ResultFor, ResultMessage } from "../partition-message.ts";
import type { Transaction } from "../transaction.ts";

const COMPLETES: Readonly<Record<ResultFor, CompletionKind>> = {
  call: "callCompletion",
  attach: "attachInvocationCompletion",
  output: "getInvocationOutputCompletion",
  promise: "getPromiseCompletion",
};

export function applyResult(txn: Transaction, message: ResultMessage): void {
  const current = txn.invocation(message.to);
  if (current === undefined || current.status === "completed") return;
  if (current.bornIn !== message.bornIn) return;
  const waiting = txn.edit(message.to);
  if (waiting === undefined) return;
  const { outcome } = message;
  if (message.for === "call") {
    if (outcome?.kind === "failure") waiting.childrenFailed += 1;
    else waiting.childrenSucceeded += 1;
  }
  appendNotification(txn, waiting, {
    kind: COMPLETES[message.for],
    completionId: message.completionId,
    result: outcome ?? { kind: "void" },
  });
}
