/** `ctx.run`: a closure whose result is recorded. */

import type { Serde } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import type { RestatePromise } from "../promise/restate-promise.ts";
import type { RunAction, RunOptions } from "./context.ts";
import { beginOperation } from "./operation.ts";
import { RunClosure } from "./run-closure.ts";

export function issueRun<T>(
  attempt: Attempt,
  nameOrAction: string | RunAction<T>,
  actionOrNothing: RunAction<T> | undefined,
  options: RunOptions<T> | undefined,
): RestatePromise<T> {
  const { name, action } = toNamedAction(nameOrAction, actionOrNothing);
  if (!beginOperation(attempt, "ctx.run")) return new NeverPromise<T>(attempt);
  const { vm } = attempt;
  const serde = (options?.serde ?? attempt.handler.defaultSerde) as Serde<T>;
  const resultCompletionId = vm.declareCompletion();
  const replayed = attempt.issue({ kind: "run", name, resultCompletionId });
  if (replayed === undefined) return new NeverPromise<T>(attempt);
  const leaf = vm.leaf(resultCompletionId);
  const { commandIndex } = vm;
  leaf.command = { kind: "run", index: commandIndex, name };
  vm.registerRun(
    new RunClosure<T>(attempt, { leaf, name, commandIndex, replayed, action, serde, options }),
  );
  return new LeafPromise<T>(leaf, attempt, serde);
}

function toNamedAction<T>(
  nameOrAction: string | RunAction<T>,
  actionOrNothing: RunAction<T> | undefined,
): { readonly name: string; readonly action: RunAction<T> } {
  if (typeof nameOrAction === "string") {
    if (typeof actionOrNothing === "function")
      return { name: nameOrAction, action: actionOrNothing };
    throw new TypeError(`ctx.run("${nameOrAction}", …): the second argument must be a function`);
  }
  if (typeof nameOrAction !== "function") {
    throw new TypeError("ctx.run(…): the first argument must be a name or a function");
  }
  if (actionOrNothing !== undefined) {
    throw new TypeError("ctx.run(action, …): options need a name in front of the action");
  }
  return { name: "", action: nameOrAction };
}
