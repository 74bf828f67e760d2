/** The result of a call reaches its caller. */
import { appendNotification } from "../journal.ts";
import type { ResultMessage } from "../partition-message.ts";
import type { Transaction } from "../transaction.ts";

export function applyResult(txn: Transaction, message: ResultMessage): void {
  const current = txn.invocation(message.to);
  if (current === undefined || current.status === "completed") return;
  if (current.bornIn !== message.bornIn) return;
  const caller = txn.edit(message.to);
  if (caller === undefined) return;
  if (message.outcome.kind === "failure") caller.childrenFailed += 1;
  else caller.childrenSucceeded += 1;
  appendNotification(txn, caller, {
    kind: "callCompletion",
    completionId: message.completionId,
    result: message.outcome,
  });
}
