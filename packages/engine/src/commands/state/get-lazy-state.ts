/** GetLazyState: the value is read now and sent as the command's completion. */
import type { GetLazyStateCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../../journal.ts";
import { readValue } from "../../objects/replace-state.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, readAccess } from "./access.ts";

export function applyGetLazyState(
  step: CommandStep<GetLazyStateCommand>,
): CommandProblem | undefined {
  const access = readAccess(step);
  if (isProblem(access)) return access;
  const { txn, invocation, command, item } = step;
  const { instance, object } = access;
  const value = readValue(txn, instance, object.generation, command.key);
  appendCommand(txn, invocation, command, item);
  appendNotification(txn, invocation, {
    kind: "getLazyStateCompletion",
    completionId: command.resultCompletionId,
    result: value === undefined ? { kind: "void" } : { kind: "value", value },
  });
  return undefined;
}
