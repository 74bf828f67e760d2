/** Awakeables: promises that something outside of the invocation completes. */

import {
  formatAwakeableId,
  invocationKeyFromBytes,
  type Outcome,
  type Serde,
} from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { toRejection } from "../attempt/outcome.ts";
import type { TerminalError } from "../errors.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import type { Awakeable } from "./context.ts";
import { beginOperation, failOperation } from "./operation.ts";

const NO_BYTES = new Uint8Array(0);

/** Declares an awakeable. Nothing is recorded: the next attempt declares it again. */
export function createAwakeable<T>(attempt: Attempt, serde: Serde<T>): Awakeable<T> {
  const { vm } = attempt;
  const index = vm.signals.declareIndex();
  const id = formatAwakeableId(invocationKeyFromBytes(vm.startMessage.id), index);
  if (!beginOperation(attempt, "ctx.awakeable")) return { id, promise: new NeverPromise(attempt) };
  return { id, promise: new LeafPromise<T>(vm.signals.wait(index), attempt, serde) };
}

export function resolveAwakeable<T>(
  attempt: Attempt,
  id: string,
  payload: T | undefined,
  serde: Serde<T> | undefined,
): void {
  if (!beginOperation(attempt, "ctx.resolveAwakeable")) return;
  let value: Uint8Array;
  try {
    value = serializePayload(attempt, payload, serde);
  } catch (error) {
    failOperation(attempt, error, "completeAwakeable");
    return;
  }
  complete(attempt, id, { kind: "value", value });
}

export function rejectAwakeable(
  attempt: Attempt,
  id: string,
  reason: string | TerminalError,
): void {
  if (!beginOperation(attempt, "ctx.rejectAwakeable")) return;
  complete(attempt, id, toRejection(reason, attempt.version));
}

/** Without a serde, nothing is `null`; a serde of the user's own is not asked for nothing. */
function serializePayload<T>(
  attempt: Attempt,
  payload: T | undefined,
  serde: Serde<T> | undefined,
): Uint8Array {
  const { handler } = attempt;
  const what = "the payload of an awakeable";
  if (serde === undefined) {
    const given = payload === undefined ? null : payload;
    return serializeNamed(handler.defaultSerde, given, what, handler);
  }
  return payload === undefined ? NO_BYTES : serializeNamed(serde, payload, what, handler);
}

function complete(attempt: Attempt, awakeableId: string, result: Outcome): void {
  attempt.issue({ kind: "completeAwakeable", name: "", awakeableId, result });
}
