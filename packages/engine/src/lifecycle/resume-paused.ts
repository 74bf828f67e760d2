/** Resume: a paused or suspended invocation runs again, one that backs off does so at once. */
import type { Invocation } from "../model/invocation.ts";
import type { DeploymentChoice } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { chooseDeployment } from "./choose-deployment.ts";
import { done, type Operated, refused } from "./operated.ts";
import { resume } from "./suspension.ts";

export function resumeInvocation(
  txn: Transaction,
  current: Invocation,
  deployment: DeploymentChoice,
): Operated {
  switch (current.status) {
    case "completed":
      return refused("completed", "it has completed");
    case "scheduled":
    case "inboxed":
      return refused("notStarted", "it has not been started yet");
    case "invoked":
      return resumeInvoked(txn, current, deployment);
    default:
  }
  const pin = chooseDeployment(txn, current, deployment);
  if ("kind" in pin) return pin;
  const invocation = txn.edit(current.key);
  if (invocation === undefined) return done;
  invocation.pin = pin.pin;
  resume(txn, invocation);
  return done;
}

function resumeInvoked(
  txn: Transaction,
  current: Invocation,
  deployment: DeploymentChoice,
): Operated {
  const isBackingOff = current.nextRetryAt !== 0;
  if (deployment !== "keep" && !isBackingOff) {
    return refused("running", "it is running: pause it before it changes its deployment");
  }
  const pin = chooseDeployment(txn, current, deployment);
  if ("kind" in pin) return pin;
  const invocation = txn.edit(current.key);
  if (invocation === undefined) return done;
  invocation.pin = pin.pin;
  if (isBackingOff) {
    invocation.nextRetryAt = 0;
    txn.actions.push({ kind: "start", invocation });
  } else if (invocation.pausing) {
    invocation.pausing = false;
    // The invoker may have seen the pause alone, and have let go; an attempt that is open goes on.
    if (invocation.waitingFor === undefined) txn.actions.push({ kind: "start", invocation });
  }
  return done;
}
