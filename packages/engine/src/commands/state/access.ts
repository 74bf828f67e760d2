/** Which commands on state and promises an invocation may use, and which object they are about. */
import { type Command, NAME_BYTES_MAX } from "@rejoin/protocol";
import { type InstanceId, instanceOf } from "../../rows/instance.ts";
import { IDLE_OBJECT, type ObjectRow, objectRows } from "../../rows/object-row.ts";
import { type CommandProblem, type CommandStep, problem } from "../command.ts";

/** The object whose state an invocation sees. */
export interface StateAccess {
  readonly instance: InstanceId;
  readonly object: ObjectRow;
}

/** For reading: every handler of an object or workflow may. */
export function readAccess({
  txn,
  invocation,
  command,
}: CommandStep): StateAccess | CommandProblem {
  const { target } = invocation;
  if (target.handlerKind === "service") {
    const what = `${target.service}/${target.handler} is a handler of a plain service`;
    return refused(command, `${what}, which has no state`);
  }
  if ("key" in command && command.key.length > NAME_BYTES_MAX) {
    return refused(command, `its name has more than ${NAME_BYTES_MAX} bytes`);
  }
  const instance = instanceOf(target);
  return { instance, object: txn.row(objectRows, instance) ?? IDLE_OBJECT };
}

/** For writing: shared handlers may not. */
export function writeAccess(step: CommandStep): StateAccess | CommandProblem {
  const { target } = step.invocation;
  if (target.handlerKind !== "shared") return readAccess(step);
  const what = `${target.service}/${target.handler} is a shared handler`;
  return refused(step.command, `${what}: only an exclusive one, or a workflow's run, writes state`);
}

function refused(command: Command, why: string): CommandProblem {
  return problem("RT0017", 500, `${command.kind} is refused: ${why}`);
}

export function isProblem(access: object): access is CommandProblem {
  return "docCode" in access;
}
