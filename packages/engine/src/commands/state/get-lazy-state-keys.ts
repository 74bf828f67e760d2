/** GetLazyStateKeys: the names are read now and sent as the command's completion. */
import type { GetLazyStateKeysCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../../journal.ts";
import { readState } from "../../objects/replace-state.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, readAccess } from "./access.ts";

export function applyGetLazyStateKeys(
  step: CommandStep<GetLazyStateKeysCommand>,
): CommandProblem | undefined {
  const access = readAccess(step);
  if (isProblem(access)) return access;
  const { txn, invocation, command, item } = step;
  const state = readState(txn, access.instance, access.object.generation);
  appendCommand(txn, invocation, command, item);
  appendNotification(txn, invocation, {
    kind: "getLazyStateKeysCompletion",
    completionId: command.resultCompletionId,
    result: { kind: "stateKeys", keys: state.map((entry) => entry.key) },
  });
  return undefined;
}
