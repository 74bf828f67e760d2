/** AttachInvocation and GetInvocationOutput: the result of another invocation, then or now. */
import {
  type AttachInvocationCommand,
  type AttachTarget,
  type GetInvocationOutputCommand,
  IdError,
  type InvocationKey,
  invocationKeyOf,
} from "@rejoin/protocol";
import { appendCommand } from "../journal.ts";
import type { Transaction } from "../transaction.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";

export function applyAttachCommand(
  step: CommandStep<AttachInvocationCommand | GetInvocationOutputCommand>,
): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const to = keyOf(txn, command.target);
  if (typeof to !== "string") return to;
  appendCommand(txn, invocation, command, item);
  txn.send({
    kind: "attach",
    to,
    mode: command.kind === "attachInvocation" ? "attach" : "output",
    caller: invocation.key,
    callerBornIn: invocation.bornIn,
    completionId: command.resultCompletionId,
  });
  return undefined;
}

function keyOf(txn: Transaction, target: AttachTarget): InvocationKey | CommandProblem {
  try {
    return invocationKeyOf(target, (service) => {
      const kind = txn.registry.latest(service)?.kind;
      return kind !== undefined && kind !== "service";
    });
  } catch (error) {
    if (!(error instanceof IdError)) throw error;
    const text = "invocationId" in target ? target.invocationId : "";
    return problem("RT0017", 500, `${text} is no invocation id: ${error.message}`);
  }
}
