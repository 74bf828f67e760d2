/** Which file applies which command. */
import { unreachable } from "../invariant.ts";
import { applyAttachCommand } from "./attach.ts";
import { applyCall } from "./call.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";
import { applyCompleteAwakeable } from "./complete-awakeable.ts";
import { applyOneWayCall } from "./one-way-call.ts";
import { applyOutput } from "./output.ts";
import { applyCompletePromise } from "./promise/complete-promise.ts";
import { applyGetPromise } from "./promise/get-promise.ts";
import { applyPeekPromise } from "./promise/peek-promise.ts";
import { applyRun } from "./run.ts";
import { applySendSignal } from "./send-signal.ts";
import { applySleep } from "./sleep.ts";
import { applyClearAllState } from "./state/clear-all-state.ts";
import { applyClearState } from "./state/clear-state.ts";
import { applyGetEagerState } from "./state/get-eager-state.ts";
import { applyGetLazyState } from "./state/get-lazy-state.ts";
import { applyGetLazyStateKeys } from "./state/get-lazy-state-keys.ts";
import { applySetState } from "./state/set-state.ts";

/** Applies one command; `endsHere`: the attempt's next message ends the invocation. */
export function applyCommand(step: CommandStep, endsHere: boolean): CommandProblem | undefined {
  const { command } = step;
  switch (command.kind) {
    case "input":
      return problem("RT0012", 571, "an endpoint sent an Input command; only a server sends it");
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
    case "getLazyState":
      return applyGetLazyState({ ...step, command });
    case "getLazyStateKeys":
      return applyGetLazyStateKeys({ ...step, command });
    case "getEagerState":
    case "getEagerStateKeys":
      return applyGetEagerState({ ...step, command });
    case "setState":
      return applySetState({ ...step, command });
    case "clearState":
      return applyClearState({ ...step, command });
    case "clearAllState":
      return applyClearAllState({ ...step, command });
    case "getPromise":
      return applyGetPromise({ ...step, command });
    case "peekPromise":
      return applyPeekPromise({ ...step, command });
    case "completePromise":
      return applyCompletePromise({ ...step, command });
    case "sendSignal":
      return applySendSignal({ ...step, command });
    case "completeAwakeable":
      return applyCompleteAwakeable({ ...step, command });
    case "attachInvocation":
    case "getInvocationOutput":
      return applyAttachCommand({ ...step, command });
    default:
      return unreachable(command);
  }
}
