/** Commands whose completion is all that they are issued for. */
import type { Command, Serde } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import type { BasePromise } from "../promise/promises.ts";

/** Issues a command that declares one completion; the promise gives that. */
export function issueCompletable<T>(
  attempt: Attempt,
  toCommand: (resultCompletionId: number) => Command,
  serde: Serde<T> | undefined,
): BasePromise<T> {
  const { vm } = attempt;
  const id = vm.declareCompletion();
  const command = toCommand(id);
  if (attempt.issue(command) === undefined) return new NeverPromise<T>(attempt);
  const leaf = vm.leaf(id);
  leaf.command = { kind: command.kind, index: vm.commandIndex, name: command.name };
  return new LeafPromise<T>(leaf, attempt, serde);
}
