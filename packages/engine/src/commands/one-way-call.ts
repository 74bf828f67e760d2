/** OneWayCall: the callee runs on its own, now or when it is due. */
import type { OneWayCallCommand } from "@rejoin/protocol";
import { toInstant } from "../timers.ts";
import type { CommandProblem, CommandStep } from "./command.ts";
import { applyRequest } from "./request.ts";

export function applyOneWayCall(step: CommandStep<OneWayCallCommand>): CommandProblem | undefined {
  return applyRequest(step, { completionId: 0, scheduledFor: toInstant(step.command.invokeTime) });
}
