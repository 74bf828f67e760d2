/** Cancellation that handlers ask for themselves: the option `explicitCancellation`. */
import { CANCEL_SIGNAL_INDEX } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { TerminalError } from "../errors.ts";
import { ConstantPromise, NeverPromise } from "../promise/constants.ts";
import { LeafPromise } from "../promise/leaf-promise.ts";
import { CombinedPromise } from "../promise/promises.ts";
import type { InvocationId, RestatePromise } from "../promise/restate-promise.ts";
import { issueCancel } from "./invocations.ts";
import { beginOperation } from "./operation.ts";

export class ExplicitCancellation {
  readonly #attempt: Attempt;
  #current: LeafPromise<void> | undefined = undefined;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** The next cancellation; the same promise until user code has seen it resolve. */
  next(): RestatePromise<void> {
    const attempt = this.#attempt;
    const isTold =
      attempt.handler.explicitCancellation && beginOperation(attempt, "ctx.cancellation");
    if (!isTold) return new NeverPromise<void>(attempt);
    if (this.#current === undefined || this.#current.taken) {
      const leaf = attempt.vm.signals.wait(CANCEL_SIGNAL_INDEX);
      this.#current = new LeafPromise<void>(leaf, attempt, undefined);
    }
    return this.#current;
  }

  /** Cancels, when it is awaited, what was called since the last time; gives the ids. */
  cancelCalls(): RestatePromise<InvocationId[]> {
    const attempt = this.#attempt;
    if (!attempt.handler.explicitCancellation) return ConstantPromise.resolved<InvocationId[]>([]);
    const ids = attempt.vm
      .takeTrackedCalls()
      .map((id) => new LeafPromise<InvocationId>(attempt.vm.leaf(id - 1), attempt, undefined));
    return new CombinedPromise<InvocationId[]>("all", ids, attempt).map((known, failure) => {
      if (known === undefined) throw failure ?? new TerminalError("no ids of calls");
      for (const id of known) issueCancel(attempt, id);
      return known;
    });
  }
}
