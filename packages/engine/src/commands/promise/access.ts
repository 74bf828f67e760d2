/** Durable promises belong to workflows: which one a command is about. */
import { isTooLong, NAME_BYTES_MAX } from "@rejoin/protocol";
import { instanceOf } from "../../rows/instance.ts";
import { promiseKey } from "../../rows/promise-row.ts";
import { type CommandProblem, type CommandStep, problem } from "../command.ts";

/** The row of the promise `name` of the workflow that the invocation belongs to. */
export function promiseOf(step: CommandStep, name: string): string | CommandProblem {
  const { invocation, command } = step;
  const { target } = invocation;
  if (isTooLong(name)) {
    const text = `the name of a promise has more than ${NAME_BYTES_MAX} bytes`;
    return problem("RT0017", 500, `${command.kind} is refused: ${text}`);
  }
  if (target.handlerKind === "workflow" || isWorkflow(step)) {
    return promiseKey(instanceOf(target), name);
  }
  const why = `${target.service} is no workflow, and only workflows have promises`;
  return problem("RT0017", 500, `${command.kind} is refused: ${why}`);
}

/** Shared handlers are those of objects and of workflows. */
function isWorkflow({ txn, invocation: { pin, target } }: CommandStep): boolean {
  if (target.handlerKind !== "shared") return false;
  const pinned = pin && txn.registry.revisionAt(target.service, pin.deploymentId);
  return (pinned ?? txn.registry.latest(target.service))?.kind === "workflow";
}
