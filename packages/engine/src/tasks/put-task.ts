/** Gives a task work: its row, and a wake-up once it is durable. */
import { type Task, taskName, taskRows } from "../rows/task-row.ts";
import type { Transaction } from "../transaction.ts";

export function putTask(txn: Transaction, task: Task): void {
  const name = taskName(task);
  txn.put(taskRows, name, task);
  txn.actions.push({ kind: "runTask", name, task });
}
