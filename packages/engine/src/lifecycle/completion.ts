/** The end of an invocation: its result is kept, and goes to those who wait for it. */
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import { invariant } from "../invariant.ts";
import { releaseSlots } from "../limits/slots.ts";
import { type Invocation, transition } from "../model/invocation.ts";
import { probeRelease, release } from "../objects/lock.ts";
import { storeOutcome } from "../payloads.ts";
import { BARE_ENTRIES_MAX } from "../records.ts";
import { outputRows } from "../rows/output-row.ts";
import { toInstant } from "../timers.ts";
import type { Transaction } from "../transaction.ts";
import { probeAwaiting } from "./suspension.ts";

/** Asks at once for what {@link complete} and the results that it sends will read. */
export function prepareCompletion(txn: Transaction, invocation: Invocation): void {
  const exclusive = invocation.target.handlerKind === "exclusive";
  if (!exclusive) return;
  const caller = localCaller(txn, invocation);
  if (caller !== undefined) txn.probeInvocation(caller);
  while (probeRelease(txn, invocation)) {
    if (caller !== undefined) probeSuspended(txn, caller);
    txn.throwIfLacking();
  }
}

function localCaller(txn: Transaction, { caller }: Invocation): InvocationKey | undefined {
  if (caller.kind !== "invocation" || caller.completionId === 0) return undefined;
  const { place } = txn;
  return place.partitionOf(caller.key) === place.partition ? caller.key : undefined;
}

function probeSuspended(txn: Transaction, key: InvocationKey): void {
  if (txn.probeInvocation(key)) return;
  const invocation = txn.invocation(key);
  if (invocation?.status === "suspended") probeAwaiting(txn, invocation);
}

/** Completes with `outcome`; `stored` if the header holds it already. */
export function complete(
  txn: Transaction,
  invocation: Invocation,
  outcome: Outcome,
  stored = false,
): void {
  const wasSuspended = invocation.status === "suspended";
  transition(invocation, "completed");
  invocation.completedAt = txn.context.timeMs;
  invocation.nextRetryAt = 0;
  invocation.awaiting = undefined;
  invocation.awaitingAfter = 0;
  invocation.pausing = false;
  if (!stored) invocation.output = storeOutcome(txn, invocation, outcome);
  if (invocation.target.handlerKind === "exclusive") release(txn, invocation);
  releaseSlots(txn, invocation);
  announce(txn, invocation, outcome);
  retain(txn, invocation, wasSuspended);
}

/** Tells the result to all who wait for it. */
export function announce(txn: Transaction, invocation: Invocation, outcome: Outcome): void {
  const { key, caller } = invocation;
  if (caller.kind === "invocation" && caller.completionId > 0) {
    const { key: to, bornIn, completionId } = caller;
    txn.send({ kind: "result", for: "call", to, bornIn, completionId, outcome });
  }
  for (const sink of invocation.sinks) {
    const { key: to, bornIn, completionId } = sink;
    txn.send({ kind: "result", for: sink.for, to, bornIn, completionId, outcome });
  }
  invocation.sinks = [];
  txn.actions.push({ kind: "completed", key, target: invocation.target, outcome });
  txn.completed.push({ key, bornIn: invocation.bornIn });
}

/**
 * Puts it on the lists of what has to go, and when. Also what nobody asked to keep is kept until the
 * next sweep: if the fate of this commit is unknown, those who wait will ask once more.
 */
function retain(txn: Transaction, invocation: Invocation, wasSuspended: boolean): void {
  const { key, bornIn, completionRetentionMs, journalRetentionMs, completedAt } = invocation;
  const hasRows = invocation.hasJournalRows || invocation.hasPayloadRows;
  if (hasRows && journalRetentionMs < completionRetentionMs) {
    txn.expiries.push({
      key,
      bornIn,
      what: "journal",
      atMs: toInstant(completedAt + journalRetentionMs),
    });
  }
  const atMs = toInstant(completedAt + completionRetentionMs);
  if (!wasSuspended && isBare(invocation)) {
    txn.expiries.push({ key, bornIn, what: "header", entries: storedEntries(invocation), atMs });
  } else txn.expiries.push({ key, bornIn, what: "invocation", atMs });
}

/** Whether all its rows are known without a look, and nobody can ask for its id to be invoked again. */
function isBare(invocation: Invocation): boolean {
  const { hasPayloadRows, starts, childrenStarted, target } = invocation;
  if (hasPayloadRows || childrenStarted > 0) return false;
  if (storedEntries(invocation) > BARE_ENTRIES_MAX) return false;
  // What it awaited may have a row of its own.
  if (starts > 1) return false;
  return target.handlerKind === "service" && invocation.idempotencyKey === undefined;
}

/** Entries of the journal that have rows, which begin behind the input. */
function storedEntries({ hasJournalRows, journalLength, outputInHeader }: Invocation): number {
  if (!hasJournalRows) return 0;
  return journalLength - 1 - (outputInHeader ? 1 : 0);
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
