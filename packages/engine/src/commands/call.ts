/** Call: the callee's result completes the command. */
import type { CallCommand } from "@rejoin/protocol";
import type { CommandProblem, CommandStep } from "./command.ts";
import { applyRequest } from "./request.ts";

export function applyCall(step: CommandStep<CallCommand>): CommandProblem | undefined {
  return applyRequest(step, { completionId: step.command.resultCompletionId, scheduledFor: 0 });
}
