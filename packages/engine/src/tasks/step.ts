/** The next step of a task. One that its row does not wait for has been done before. */
import { invariant, unreachable } from "../invariant.ts";
import { grantNext } from "../limits/slots.ts";
import { handOver } from "../objects/lock.ts";
import type { RowsPage, TaskStep, TaskStepRecord } from "../records.ts";
import { objectRows } from "../rows/object-row.ts";
import {
  type ClearTask,
  type GrantTask,
  type KillTask,
  type PurgeTask,
  type Task,
  taskRows,
  type UnlockTask,
} from "../rows/task-row.ts";
import type { Transaction } from "../transaction.ts";
import { copyStep } from "./copy-step.ts";
import { deleteRows, forgetJournal, probeRemoval, removeInvocation } from "./delete.ts";

export function applyTaskStep(txn: Transaction, { name, step }: TaskStepRecord): void {
  const task = txn.row(taskRows, name);
  if (task === undefined || task.kind !== step.kind) return;
  const left = stepOf(txn, task, step);
  txn.put(taskRows, name, left);
}

/** What is left of the task. */
function stepOf(txn: Transaction, task: Task, step: TaskStep): Task | undefined {
  switch (step.kind) {
    case "kill":
      return killStep(txn, task as KillTask, step);
    case "purge":
    case "purgeJournal":
      return purgeStep(txn, task as PurgeTask, step);
    case "clear":
      return clearStep(txn, task as ClearTask, step);
    case "copy":
      invariant(task.kind === "copy", "a copy step belongs to another task");
      return copyStep(txn, task, step);
    case "unlock":
      return unlockStep(txn, task as UnlockTask);
    case "grant":
      return grantStep(txn, task as GrantTask);
    default:
      return unreachable(step);
  }
}

function killStep(
  txn: Transaction,
  task: KillTask,
  step: Extract<TaskStep, { kind: "kill" }>,
): KillTask | undefined {
  if (step.from !== task.nextEntry) return task;
  for (const to of step.children) txn.send({ kind: "kill", to });
  return step.next === undefined ? undefined : { ...task, nextEntry: step.next };
}

function purgeStep(txn: Transaction, task: PurgeTask, step: RowsPage): PurgeTask | undefined {
  const invocation = txn.invocation(task.key);
  if (invocation === undefined || invocation.bornIn !== task.bornIn) {
    txn.actions.push({ kind: "removed", key: task.key, what: "invocation" });
    return undefined;
  }
  probeRemoval(txn, task.key, step.rows);
  txn.throwIfLacking();
  deleteRows(txn, step.rows);
  if (step.more) return task;
  if (task.kind === "purgeJournal") forgetJournal(txn, task.key);
  else removeInvocation(txn, invocation);
  const what = task.kind === "purge" ? "invocation" : "journal";
  txn.actions.push({ kind: "removed", key: task.key, what });
  return undefined;
}

function clearStep(
  txn: Transaction,
  task: ClearTask,
  step: Extract<TaskStep, { kind: "clear" }>,
): ClearTask | undefined {
  deleteRows(txn, step.rows);
  // A newer clear has left more behind than this step looked for.
  return step.more || task.generation > step.generation ? task : undefined;
}

function unlockStep(txn: Transaction, task: UnlockTask): UnlockTask | undefined {
  const object = txn.row(objectRows, task.instance);
  if (object?.holder !== "task") return undefined;
  handOver(txn, task.instance, object);
  return txn.row(objectRows, task.instance)?.holder === "task" ? task : undefined;
}

function grantStep(txn: Transaction, task: GrantTask): GrantTask | undefined {
  const before = txn.actions.length;
  grantNext(txn, task.limiter);
  const goesOn = txn.actions.slice(before).some((action) => action.kind === "runTask");
  return goesOn ? task : undefined;
}
