/** CompletePromise: once only; those who wait for the promise are told. */
import type { CompletePromiseCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../../journal.ts";
import { promiseRows } from "../../rows/promise-row.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { promiseOf } from "./access.ts";

const COMPLETED_BEFORE = {
  kind: "failure",
  failure: { code: 409, message: "promise was already completed" },
} as const;

export function applyCompletePromise(
  step: CommandStep<CompletePromiseCommand>,
): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const key = promiseOf(step, command.key);
  if (typeof key !== "string") return key;
  const promise = txn.row(promiseRows, key);
  appendCommand(txn, invocation, command, item);
  const isFirst = promise?.kind !== "completed";
  appendNotification(txn, invocation, {
    kind: "completePromiseCompletion",
    completionId: command.resultCompletionId,
    result: isFirst ? { kind: "void" } : COMPLETED_BEFORE,
  });
  if (!isFirst) return undefined;
  const outcome = command.completion;
  txn.put(promiseRows, key, { kind: "completed", outcome });
  for (const { key: to, bornIn, completionId } of promise?.waiters ?? []) {
    txn.send({ kind: "result", for: "promise", to, bornIn, completionId, outcome });
  }
  return undefined;
}
