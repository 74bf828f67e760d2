/** CompleteAwakeable: an awakeable is a signal of the invocation that made it. */
import { type CompleteAwakeableCommand, IdError, parseAwakeableId } from "@rejoin/protocol";
import { appendCommand } from "../journal.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";

export function applyCompleteAwakeable(
  step: CommandStep<CompleteAwakeableCommand>,
): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const target = targetOf(command.awakeableId);
  if (target instanceof IdError) {
    const text = `${command.awakeableId} is no awakeable id: ${target.message}`;
    return problem("RT0012", 571, text);
  }
  appendCommand(txn, invocation, command, item);
  const { invocationKey: to } = target;
  const signalIndex = target.kind === "signal" ? target.signalIndex : target.entryIndex;
  txn.send({ kind: "signal", to, signal: { kind: "signal", signalIndex, result: command.result } });
  return undefined;
}

function targetOf(text: string) {
  try {
    return parseAwakeableId(text);
  } catch (error) {
    if (error instanceof IdError) return error;
    throw error;
  }
}
