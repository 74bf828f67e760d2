/** Purge: what is kept of a completed invocation is deleted before its time. */
import type { Invocation } from "../model/invocation.ts";
import { killTaskName, taskRows } from "../rows/task-row.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";
import { done, type Operated, refused, requested } from "./operated.ts";

/** The rows are deleted by a task; the invocation is gone when the last of them is. */
export function purgeInvocation(
  txn: Transaction,
  invocation: Invocation,
  kind: "purge" | "purgeJournal",
): Operated {
  const { key, bornIn } = invocation;
  if (invocation.status !== "completed") {
    return refused("notCompleted", `it is ${invocation.status}: cancel or kill it first`);
  }
  if (kind === "purgeJournal" && !invocation.hasJournalRows && invocation.journalLength === 0) {
    return done;
  }
  if (invocation.childrenStarted > 0 && txn.row(taskRows, killTaskName(key)) !== undefined) {
    return refused("busy", "its children are still being killed: try again in a moment");
  }
  putTask(txn, { kind, key, bornIn });
  return requested;
}
