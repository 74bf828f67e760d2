/** Cancel: the code of the invocation is told, and ends as it sees fit. */
import { CANCEL_SIGNAL_INDEX } from "@rejoin/protocol";
import { appendNotification } from "../journal.ts";
import type { Invocation } from "../model/invocation.ts";
import type { Transaction } from "../transaction.ts";
import { complete, prepareCompletion } from "./completion.ts";
import { done, type Operated, refused, requested } from "./operated.ts";
import { resume } from "./suspension.ts";
import { removeUnstarted } from "./unstarted.ts";

const CANCELED = { code: 409, message: "canceled" };

/** One that has not started is removed; any other gets the cancel signal. */
export function cancelInvocation(txn: Transaction, current: Invocation): Operated {
  if (current.status === "completed") return refused("completed", "it has completed");
  const invocation = txn.edit(current.key);
  if (invocation === undefined) return done;
  if (invocation.status === "scheduled" || invocation.status === "inboxed") {
    removeUnstarted(txn, invocation, CANCELED);
    return done;
  }
  if (invocation.waitingFor !== undefined && invocation.starts === 1) {
    // It has never run: there is no code of it that could be told.
    prepareCompletion(txn, invocation);
    complete(txn, invocation, { kind: "failure", failure: CANCELED });
    return done;
  }
  appendNotification(txn, invocation, {
    kind: "signal",
    signalIndex: CANCEL_SIGNAL_INDEX,
    result: { kind: "void" },
  });
  // Whoever cancels wants it to end, for which its code has to run.
  if (invocation.status === "paused") resume(txn, invocation);
  return requested;
}
