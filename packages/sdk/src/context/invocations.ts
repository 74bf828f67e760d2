/** Other invocations by their ids, and named signals from and to them. */

import {
  CANCEL_SIGNAL_INDEX,
  type FailureResult,
  type Serde,
  type ValueResult,
} from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { toRejection } from "../attempt/outcome.ts";
import type { TerminalError } from "../errors.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import type { BasePromise } from "../promise/promises.ts";
import type { InvocationId, RestatePromise } from "../promise/restate-promise.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import { issueCompletable } from "./completable.ts";
import type { InvocationReference, SignalReference } from "./context.ts";
import { beginOperation, failOperation } from "./operation.ts";

/** The next signal of this name. Nothing is recorded: the next attempt waits for it again. */
export function awaitSignal<T>(attempt: Attempt, name: string, serde: Serde<T>): BasePromise<T> {
  if (!beginOperation(attempt, "ctx.signal")) return new NeverPromise<T>(attempt);
  if (typeof name !== "string" || name === "") {
    attempt.fail(new TypeError("ctx.signal(name): the name of a signal must be a text, not empty"));
    return new NeverPromise<T>(attempt);
  }
  return new LeafPromise<T>(attempt.vm.signals.wait(name), attempt, serde);
}

export function issueAttach<T>(
  attempt: Attempt,
  invocationId: string,
  serde: Serde<T>,
): BasePromise<T> {
  if (!beginOperation(attempt, "an attach")) return new NeverPromise<T>(attempt);
  return issueCompletable<T>(
    attempt,
    (resultCompletionId) => ({
      kind: "attachInvocation",
      name: "",
      target: { kind: "invocation", invocationId },
      resultCompletionId,
    }),
    serde,
  );
}

export function issueCancel(attempt: Attempt, invocationId: string): void {
  if (!beginOperation(attempt, "a cancel")) return;
  attempt.issue({
    kind: "sendSignal",
    name: "",
    targetInvocationId: invocationId,
    signalIndex: CANCEL_SIGNAL_INDEX,
    result: { kind: "void" },
  });
}

export class InvocationReferenceImpl implements InvocationReference {
  readonly #attempt: Attempt;
  readonly #id: InvocationId;

  constructor(attempt: Attempt, id: InvocationId) {
    this.#attempt = attempt;
    this.#id = id;
  }

  signal<T>(name: string, serde?: Serde<T>): SignalReference<T> {
    const used = serde ?? (this.#attempt.handler.defaultSerde as Serde<T>);
    return new SignalReferenceImpl<T>(this.#attempt, this.#id, name, used);
  }

  cancel(): void {
    issueCancel(this.#attempt, this.#id);
  }

  attach<T>(serde?: Serde<T>): RestatePromise<T> {
    const used = serde ?? (this.#attempt.handler.defaultSerde as Serde<T>);
    return issueAttach<T>(this.#attempt, this.#id, used);
  }
}

class SignalReferenceImpl<T> implements SignalReference<T> {
  readonly #attempt: Attempt;
  readonly #targetInvocationId: string;
  readonly #signalName: string;
  readonly #serde: Serde<T>;

  constructor(attempt: Attempt, targetInvocationId: string, signalName: string, serde: Serde<T>) {
    this.#attempt = attempt;
    this.#targetInvocationId = targetInvocationId;
    this.#signalName = signalName;
    this.#serde = serde;
  }

  resolve(payload?: T): void {
    if (!beginOperation(this.#attempt, "a signal")) return;
    let value: Uint8Array;
    try {
      const what = `the payload of the signal "${this.#signalName}"`;
      value = serializeNamed(this.#serde, payload as T, what, this.#attempt.handler);
    } catch (error) {
      failOperation(this.#attempt, error, "sendSignal");
      return;
    }
    this.#send({ kind: "value", value });
  }

  reject(reason: string | TerminalError): void {
    if (!beginOperation(this.#attempt, "a signal")) return;
    this.#send(toRejection(reason, this.#attempt.version));
  }

  #send(result: ValueResult | FailureResult): void {
    this.#attempt.issue({
      kind: "sendSignal",
      name: "",
      targetInvocationId: this.#targetInvocationId,
      signalName: this.#signalName,
      result,
    });
  }
}
