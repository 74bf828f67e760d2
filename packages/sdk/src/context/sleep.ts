/** `ctx.sleep`. */

import { type Duration, toMillis } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import type { BasePromise } from "../promise/promises.ts";
import { beginOperation, failOperation } from "./operation.ts";

export function issueSleep(
  attempt: Attempt,
  duration: Duration | number,
  name: string | undefined,
): BasePromise<void> {
  if (!beginOperation(attempt, "ctx.sleep")) return new NeverPromise<void>(attempt);
  let millis: number;
  try {
    millis = toSleepMillis(duration);
  } catch (error) {
    return failOperation<void>(attempt, error, "sleep");
  }
  const { vm } = attempt;
  const resultCompletionId = vm.declareCompletion();
  const commandName = name ?? "";
  const wakeUpTime = attempt.ports.now() + millis;
  const issued = attempt.issue({
    kind: "sleep",
    name: commandName,
    wakeUpTime,
    resultCompletionId,
  });
  if (issued === undefined) return new NeverPromise<void>(attempt);
  const node = vm.leaf(resultCompletionId);
  node.command = { kind: "sleep", index: vm.commandIndex, name: commandName };
  return new LeafPromise<void>(node, attempt, undefined);
}

function toSleepMillis(duration: Duration | number): number {
  if (duration === undefined) throw new Error("Duration is undefined.");
  const millis = toMillis(duration);
  if (Number.isNaN(millis)) throw new Error(`Invalid sleep duration: ${String(duration)}`);
  if (millis >= 0) return millis;
  throw new Error(
    `Invalid negative sleep duration: ${millis}ms.\nIf this duration is computed from a desired ` +
      "wake up time, make sure to record 'now' using 'wakeUpTime - await ctx.date.now()'.",
  );
}
