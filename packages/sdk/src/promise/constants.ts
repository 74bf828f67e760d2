/** Promises that are known from the start, or never: no attempt is involved. */
import type { Duration } from "@rejoin/protocol";
import { type TerminalError, TimeoutError } from "../errors.ts";
import { type AwaitNode, createSettledNode, FROM_THE_START, FreeNode } from "../vm/await-node.ts";
import type { Driver } from "./driver.ts";
import { BasePromise } from "./promises.ts";
import type { InvocationId, InvocationPromise, RestatePromise } from "./restate-promise.ts";

/** A value or a failure; a native promise settles it when that settles. */
export class ConstantPromise<T> extends BasePromise<T> {
  readonly [Symbol.toStringTag] = "RestatePromise";
  readonly node: AwaitNode;
  readonly driver: Driver | undefined = undefined;
  #outcome: { readonly value: T } | { readonly reason: unknown } | undefined = undefined;

  private constructor(node: AwaitNode) {
    super();
    this.node = node;
  }

  static resolved<T>(value: T): ConstantPromise<T> {
    const promise = new ConstantPromise<T>(createSettledNode(false));
    promise.#outcome = { value };
    return promise;
  }

  static rejected<T>(reason: unknown): ConstantPromise<T> {
    const promise = new ConstantPromise<T>(createSettledNode(true));
    promise.#outcome = { reason };
    return promise;
  }

  static from<T>(native: PromiseLike<T>): ConstantPromise<T> {
    const promise = new ConstantPromise<T>(new FreeNode());
    native.then(
      (value) => {
        promise.#outcome = { value };
        promise.node.settle(FROM_THE_START, false);
      },
      (reason) => {
        promise.#outcome = { reason };
        promise.node.settle(FROM_THE_START, true);
      },
    );
    return promise;
  }

  take(): T {
    const outcome = this.#outcome;
    if (outcome === undefined) throw new Error("the promise has not settled");
    if ("reason" in outcome) throw outcome.reason;
    return outcome.value;
  }
}

/** Never settles: what remains when an attempt is over, and `race([])`. */
export class NeverPromise<T> extends BasePromise<T> implements InvocationPromise<T> {
  readonly [Symbol.toStringTag] = "RestatePromise";
  readonly node: AwaitNode = new FreeNode();
  readonly driver: Driver | undefined;

  constructor(driver?: Driver) {
    super();
    this.driver = driver;
  }

  get invocationId(): Promise<InvocationId> {
    return new NeverPromise<InvocationId>(this.driver);
  }

  take(): T {
    throw new Error("the promise has not settled");
  }

  override orTimeout(duration: Duration | number): RestatePromise<T> {
    if (this.driver !== undefined) return super.orTimeout(duration);
    return ConstantPromise.rejected<T>(new TimeoutError());
  }

  override map<U>(mapper: (value?: T, failure?: TerminalError) => U): RestatePromise<U> {
    if (this.driver !== undefined) return super.map(mapper);
    return this as unknown as RestatePromise<U>;
  }
}
