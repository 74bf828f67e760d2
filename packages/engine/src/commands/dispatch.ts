/** Which file applies which command. */
import type { Command } from "@rejoin/protocol";
import { applyCall } from "./call.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";
import { applyOneWayCall } from "./one-way-call.ts";
import { applyOutput } from "./output.ts";
import { applyRun } from "./run.ts";
import { applySleep } from "./sleep.ts";

/** Applies one command; `endsHere`: the attempt's next message ends the invocation. */
export function applyCommand(step: CommandStep, endsHere: boolean): CommandProblem | undefined {
  const { command } = step;
  switch (command.kind) {
    case "output":
      return applyOutput({ ...step, command }, endsHere);
    case "run":
      return applyRun({ ...step, command });
    case "sleep":
      return applySleep({ ...step, command });
    case "call":
      return applyCall({ ...step, command });
    case "oneWayCall":
      return applyOneWayCall({ ...step, command });
    default:
      return unsupported(command);
  }
}

function unsupported(command: Command): CommandProblem {
  const text = `this server does not support the command ${command.kind} yet`;
  return problem("RT0012", 573, text);
}
