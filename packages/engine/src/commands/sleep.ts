/** Sleep: a durable timer that completes the command. */
import type { SleepCommand } from "@rejoin/protocol";
import { appendCommand } from "../journal.ts";
import { setTimer, toInstant } from "../timers.ts";
import type { CommandStep } from "./command.ts";

export function applySleep(step: CommandStep<SleepCommand>): undefined {
  const { txn, invocation, command, item } = step;
  appendCommand(txn, invocation, command, item);
  const timer = {
    timeMs: toInstant(command.wakeUpTime),
    invocation: invocation.key,
    id: command.resultCompletionId,
    bornIn: invocation.bornIn,
  };
  setTimer(txn, timer);
}
