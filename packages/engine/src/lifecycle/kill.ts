/** Kill: the end of an invocation and of all that it has called, without asking their code. */
import type { Invocation } from "../model/invocation.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";
import { complete, prepareCompletion } from "./completion.ts";
import { done, type Operated, refused } from "./operated.ts";
import { removeUnstarted } from "./unstarted.ts";

const KILLED = { code: 409, message: "killed" };

/** What has been applied of it stays. Its children are killed by a task, as its journal names them. */
export function killInvocation(txn: Transaction, current: Invocation): Operated {
  if (current.status === "completed") return refused("completed", "it has completed");
  const invocation = txn.edit(current.key);
  if (invocation === undefined) return done;
  if (invocation.status === "scheduled" || invocation.status === "inboxed") {
    removeUnstarted(txn, invocation, KILLED);
    return done;
  }
  const { key, starts: start } = invocation;
  prepareCompletion(txn, invocation);
  txn.actions.push({ kind: "stopAttempt", key, start, reason: "the invocation has been killed" });
  complete(txn, invocation, { kind: "failure", failure: KILLED });
  if (invocation.childrenStarted > 0) putTask(txn, { kind: "kill", key, nextEntry: 1 });
  return done;
}
