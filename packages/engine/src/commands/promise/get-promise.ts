/** GetPromise: completed when the promise is. */
import type { GetPromiseCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../../journal.ts";
import { promiseRows } from "../../rows/promise-row.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { promiseOf } from "./access.ts";

export function applyGetPromise(step: CommandStep<GetPromiseCommand>): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const key = promiseOf(step, command.key);
  if (typeof key !== "string") return key;
  const promise = txn.row(promiseRows, key);
  appendCommand(txn, invocation, command, item);
  const completionId = command.resultCompletionId;
  if (promise?.kind === "completed") {
    const result = promise.outcome;
    appendNotification(txn, invocation, { kind: "getPromiseCompletion", completionId, result });
  } else {
    const waiter = { key: invocation.key, bornIn: invocation.bornIn, completionId };
    const waiters = [...(promise?.waiters ?? []), waiter];
    txn.put(promiseRows, key, { kind: "open", waiters });
  }
  return undefined;
}
