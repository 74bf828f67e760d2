/** ClearState: one value is deleted. */
import type { ClearStateCommand } from "@rejoin/protocol";
import { appendCommand } from "../../journal.ts";
import { stateKey, stateRows } from "../../rows/state-rows.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, writeAccess } from "./access.ts";

export function applyClearState(step: CommandStep<ClearStateCommand>): CommandProblem | undefined {
  const access = writeAccess(step);
  if (isProblem(access)) return access;
  const { txn, invocation, command, item } = step;
  const { instance, object } = access;
  txn.put(stateRows, stateKey(instance, object.generation, command.key), undefined);
  appendCommand(txn, invocation, command, item);
  return undefined;
}
