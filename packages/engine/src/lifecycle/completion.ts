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
    const { key: to, bornIn, completionId } = caller;
    txn.send({ kind: "result", to, bornIn, completionId, outcome });
  }
  for (const sink of invocation.sinks) {
    const { key: to, bornIn, completionId } = sink;
    txn.send({ kind: "result", to, bornIn, completionId, outcome });
  }
  invocation.sinks = [];
  txn.actions.push({ kind: "completed", key, target: invocation.target, outcome });
  txn.completed.push({ key, bornIn: invocation.bornIn });
  retain(txn, invocation);
}

/**
 * Puts it on the lists of what has to go, and when. Also what nobody asked to keep is kept until the
 * next sweep: if the fate of this commit is unknown, those who wait will ask once more.
 */
function retain(txn: Transaction, invocation: Invocation): void {
  const { key, completionRetentionMs, journalRetentionMs, completedAt } = invocation;
  const hasRows = invocation.hasJournalRows || invocation.hasPayloadRows;
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
