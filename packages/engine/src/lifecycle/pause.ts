/**
 * Pause: the invocation is held until an operator resumes it. One that is running is asked to
 * suspend first, so that what it is doing is not cut off in its middle.
 */
import { releaseSlots } from "../limits/slots.ts";
import { type Invocation, transition } from "../model/invocation.ts";
import type { AttemptHeldRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { notePause } from "./events.ts";
import { done, type Operated, refused, requested } from "./operated.ts";

export function pauseInvocation(txn: Transaction, current: Invocation): Operated {
  switch (current.status) {
    case "completed":
      return refused("completed", "it has completed");
    case "scheduled":
    case "inboxed":
      return refused("notStarted", "it has not been started: cancel it, or wait until it runs");
    case "paused":
      return done;
    default:
  }
  const invocation = txn.edit(current.key);
  if (invocation === undefined) return done;
  if (invocation.status === "suspended" || invocation.nextRetryAt !== 0) {
    pauseNow(txn, invocation);
    return done;
  }
  invocation.pausing = true;
  txn.actions.push({ kind: "suspendAttempt", key: invocation.key, start: invocation.starts });
  return requested;
}

/** Its attempt has ended, or there is none. What it awaits, it will say again. */
export function pauseNow(txn: Transaction, invocation: Invocation): void {
  transition(invocation, "paused");
  notePause(txn, invocation);
  releaseSlots(txn, invocation);
  invocation.pausing = false;
  invocation.nextRetryAt = 0;
  invocation.awaiting = undefined;
  invocation.awaitingAfter = 0;
}

/** The invoker has no attempt of an invocation that is to be paused. */
export function applyAttemptHeld(txn: Transaction, { key, start }: AttemptHeldRecord): void {
  const current = txn.invocation(key);
  if (current?.status !== "invoked" || current.starts !== start || !current.pausing) return;
  const invocation = txn.edit(key);
  if (invocation !== undefined) pauseNow(txn, invocation);
}
