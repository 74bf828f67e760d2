/** ClearAllState: a new generation of the state begins; a task deletes the old one. */
import type { ClearAllStateCommand } from "@rejoin/protocol";
import { appendCommand } from "../../journal.ts";
import { putObject } from "../../objects/lock.ts";
import { raiseGeneration } from "../../objects/replace-state.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, writeAccess } from "./access.ts";

export function applyClearAllState(
  step: CommandStep<ClearAllStateCommand>,
): CommandProblem | undefined {
  const access = writeAccess(step);
  if (isProblem(access)) return access;
  const { txn, invocation, command, item } = step;
  putObject(txn, access.instance, raiseGeneration(txn, access.instance, access.object));
  appendCommand(txn, invocation, command, item);
  return undefined;
}
