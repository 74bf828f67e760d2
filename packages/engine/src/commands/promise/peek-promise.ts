/** PeekPromise: the outcome if there is one. */
import type { PeekPromiseCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../../journal.ts";
import { promiseRows } from "../../rows/promise-row.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { promiseOf } from "./access.ts";

export function applyPeekPromise(
  step: CommandStep<PeekPromiseCommand>,
): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const key = promiseOf(step, command.key);
  if (typeof key !== "string") return key;
  const promise = txn.row(promiseRows, key);
  appendCommand(txn, invocation, command, item);
  appendNotification(txn, invocation, {
    kind: "peekPromiseCompletion",
    completionId: command.resultCompletionId,
    result: promise?.kind === "completed" ? promise.outcome : { kind: "void" },
  });
  return undefined;
}
