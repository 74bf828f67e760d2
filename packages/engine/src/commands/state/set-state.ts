/** SetState: committed with the journal entry that says so. */
import type { SetStateCommand } from "@rejoin/protocol";
import { appendCommand } from "../../journal.ts";
import { stateKey, stateRows } from "../../rows/state-rows.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, writeAccess } from "./access.ts";

export function applySetState(step: CommandStep<SetStateCommand>): CommandProblem | undefined {
  const access = writeAccess(step);
  if (isProblem(access)) return access;
  const { txn, invocation, command, item } = step;
  const { instance, object } = access;
  txn.put(stateRows, stateKey(instance, object.generation, command.key), command.value);
  appendCommand(txn, invocation, command, item);
  return undefined;
}
