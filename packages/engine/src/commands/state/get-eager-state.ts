/** GetEagerState and GetEagerStateKeys: answered by the endpoint itself, and only recorded. */
import type { GetEagerStateCommand, GetEagerStateKeysCommand } from "@rejoin/protocol";
import { appendCommand } from "../../journal.ts";
import type { CommandProblem, CommandStep } from "../command.ts";
import { isProblem, readAccess } from "./access.ts";

export function applyGetEagerState(
  step: CommandStep<GetEagerStateCommand | GetEagerStateKeysCommand>,
): CommandProblem | undefined {
  const access = readAccess(step);
  if (isProblem(access)) return access;
  appendCommand(step.txn, step.invocation, step.command, step.item);
  return undefined;
}
