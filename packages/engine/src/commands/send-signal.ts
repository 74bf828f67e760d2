/** SendSignal: for any invocation, by its id. */
import { IdError, parseInvocationId, type SendSignalCommand } from "@rejoin/protocol";
import { appendCommand } from "../journal.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";

export function applySendSignal(step: CommandStep<SendSignalCommand>): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const { targetInvocationId, signalIndex, signalName, result } = command;
  const to = keyOf(targetInvocationId);
  if (to instanceof IdError) {
    const text = `a signal is sent to ${targetInvocationId}, which is no invocation id`;
    return problem("RT0017", 500, `${text}: ${to.message}`);
  }
  appendCommand(txn, invocation, command, item);
  const id = signalName === undefined ? { signalIndex: signalIndex ?? 0 } : { signalName };
  txn.send({ kind: "signal", to, signal: { kind: "signal", ...id, result } });
  return undefined;
}

function keyOf(text: string) {
  try {
    return parseInvocationId(text);
  } catch (error) {
    if (error instanceof IdError) return error;
    throw error;
  }
}
