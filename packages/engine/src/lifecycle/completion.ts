/** The end of an invocation: its result is kept, and goes to those who wait for it. */
import type { Outcome } from "@rejoin/protocol";
import { invariant } from "../invariant.ts";
import { type Invocation, transition } from "../model/invocation.ts";
import { storeOutcome } from "../payloads.ts";
import { outputRows } from "../rows/output-row.ts";
import type { Transaction } from "../transaction.ts";

/** Completes with `outcome`; `stored` if the header holds it already. */
export function complete(
  txn: Transaction,
  invocation: Invocation,
  outcome: Outcome,
  stored = false,
): void {
  transition(invocation, "completed");
  invocation.completedAt = txn.context.timeMs;
  invocation.nextRetryAt = 0;
  invocation.awaiting = undefined;
  if (!stored) invocation.output = storeOutcome(txn, invocation, outcome);
  const { key, caller } = invocation;
  if (caller.kind === "invocation" && caller.completionId > 0) {
    txn.send({ kind: "result", to: caller.key, completionId: caller.completionId, outcome });
  }
  for (const sink of invocation.sinks) {
    txn.send({ kind: "result", to: sink.key, completionId: sink.completionId, outcome });
  }
  invocation.sinks = [];
  txn.actions.push({ kind: "completed", key, outcome });
  txn.completed.push({ key, bornIn: invocation.bornIn });
  retain(txn, invocation);
}

/** Puts it on the lists of what has to go, and when; what nobody asked to keep goes now. */
function retain(txn: Transaction, invocation: Invocation): void {
  const { key, completionRetentionMs, journalRetentionMs, completedAt } = invocation;
  const hasRows = invocation.hasJournalRows || invocation.hasPayloadRows;
  if (completionRetentionMs === 0 && !hasRows) {
    txn.remove(key);
    return;
  }
  if (hasRows && journalRetentionMs < completionRetentionMs) {
    txn.expiries.push({ key, what: "journal", atMs: completedAt + journalRetentionMs });
  }
  txn.expiries.push({ key, what: "invocation", atMs: completedAt + completionRetentionMs });
}

/** The stored result of a completed invocation, as it goes to another one. */
export function outcomeOf(txn: Transaction, invocation: Invocation): Outcome {
  const { output } = invocation;
  invariant(output !== undefined, "a completed invocation has no output");
  if (output.kind === "failure") return { kind: "failure", failure: output.failure };
  if (output.value.kind === "inline") return { kind: "value", value: output.value.bytes };
  const value = txn.row(outputRows, invocation.key);
  invariant(value !== undefined, "a stored output has no rows");
  return { kind: "value", value };
}
