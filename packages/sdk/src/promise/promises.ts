/**
 * The promises of a context and what is derived from them. Nothing happens until the first `then`:
 * it activates the node, and waits for it through the driver when it is pending.
 */
import type { Duration } from "@rejoin/protocol";
import { CancelledError, RestateError, TerminalError, TimeoutError } from "../errors.ts";
import type { RelatedCommand } from "../vm/attempt-failure.ts";
import type { AwaitNode } from "../vm/await-node.ts";
import { type CombinatorMode, CombinatorNode, MappedNode } from "../vm/combinators.ts";
import type { Child, Driver, PendingCall, Waiter } from "./driver.ts";
import type { RestatePromise } from "./restate-promise.ts";

/** A result that cannot be decoded: it ends the attempt, user code never sees it. */
export class UndecodableResult extends Error {
  readonly related: RelatedCommand | undefined;

  constructor(related: RelatedCommand | undefined, options: { readonly cause: unknown }) {
    super("a result could not be decoded", options);
    this.related = related;
  }
}

export abstract class BasePromise<T> implements RestatePromise<T>, Waiter, Child {
  abstract readonly node: AwaitNode;
  abstract readonly driver: Driver | undefined;
  abstract readonly [Symbol.toStringTag]: string;
  #native: Promise<T> | undefined = undefined;
  #resolve: ((value: T) => void) | undefined = undefined;
  #reject: ((reason: unknown) => void) | undefined = undefined;

  /** The value, or throws the failure; the same one each time. Only once the node has settled. */
  abstract take(): T;

  // biome-ignore lint/suspicious/noThenProperty: this is a promise
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#await().then(onFulfilled, onRejected);
  }

  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<T | E> {
    return this.#await().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#await().finally(onFinally);
  }

  orTimeout(duration: Duration | number): RestatePromise<T> {
    const { driver } = this;
    if (driver === undefined) return this;
    const timer = driver.startTimer(duration);
    return new CombinedPromise<T>("race", [this, timer], driver, timer);
  }

  map<U>(mapper: (value?: T, failure?: TerminalError) => U): RestatePromise<U> {
    return new MappedPromise<T, U>(this, mapper);
  }

  wake(): void {
    try {
      this.#resolve?.(this.take());
    } catch (error) {
      if (error instanceof UndecodableResult) this.driver?.fail(error.cause, error.related);
      else this.#reject?.(error);
    }
  }

  cancel(): void {
    this.#reject?.(new CancelledError());
  }

  interrupt(_calls: PendingCall[]): void {}

  #await(): Promise<T> {
    if (this.#native !== undefined) return this.#native;
    this.#native = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.node.activate();
    if (this.node.settled) this.wake();
    else if (this.driver !== undefined) this.driver.wait(this);
    else this.node.observer = { nodeSettled: () => this.wake() };
    return this.#native;
  }
}

/** The combination of several; its children are promises of one attempt, and constants. */
export class CombinedPromise<T> extends BasePromise<T> {
  readonly [Symbol.toStringTag] = "RestatePromise";
  readonly node: CombinatorNode;
  readonly driver: Driver | undefined;
  readonly #mode: CombinatorMode;
  readonly #children: readonly Child[];
  readonly #timer: Child | undefined;
  #value: { readonly value: T } | undefined = undefined;

  constructor(
    mode: CombinatorMode,
    children: readonly Child[],
    driver: Driver | undefined,
    timer?: Child,
  ) {
    super();
    const nodes = children.map((child) => child.node);
    this.node = new CombinatorNode(mode, nodes, timer?.node);
    this.driver = driver;
    this.#mode = mode;
    this.#children = children;
    this.#timer = timer;
  }

  take(): T {
    this.#value ??= { value: this.#combine() as T };
    return this.#value.value;
  }

  override interrupt(calls: PendingCall[]): void {
    for (const child of this.#children) child.interrupt(calls);
  }

  #combine(): unknown {
    const { winner } = this.node;
    if (winner !== undefined) {
      if (winner === this.#timer?.node) throw new TimeoutError();
      return this.#children[this.node.children.indexOf(winner)]?.take();
    }
    if (this.#mode === "all") return this.#children.map((child) => child.take());
    if (this.#mode === "allSettled") return this.#children.map(toSettledResult);
    throw new AggregateError(this.#children.map(toReason), "All promises were rejected");
  }
}

function toSettledResult(child: Child): PromiseSettledResult<unknown> {
  try {
    return { status: "fulfilled", value: child.take() };
  } catch (reason) {
    if (reason instanceof UndecodableResult) throw reason;
    return { status: "rejected", reason };
  }
}

function toReason(child: Child): unknown {
  const result = toSettledResult(child);
  return result.status === "rejected" ? result.reason : undefined;
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: unknown };

/** The outcome of another promise after the user's mapper has looked at it, once. */
export class MappedPromise<T, U> extends BasePromise<U> {
  readonly [Symbol.toStringTag] = "RestatePromise";
  readonly node: MappedNode;
  readonly driver: Driver | undefined;
  readonly #inner: BasePromise<T>;
  readonly #mapper: (value?: T, failure?: TerminalError) => U;
  #outcome: Outcome<U> | undefined = undefined;

  constructor(inner: BasePromise<T>, mapper: (value?: T, failure?: TerminalError) => U) {
    super();
    this.#inner = inner;
    this.#mapper = mapper;
    this.driver = inner.driver;
    this.node = new MappedNode(inner.node, () => this.#transform());
  }

  take(): U {
    const outcome = this.#outcome;
    if (outcome === undefined) throw new Error("the promise has not settled");
    if (!outcome.ok) throw outcome.reason;
    return outcome.value;
  }

  override interrupt(calls: PendingCall[]): void {
    this.#inner.interrupt(calls);
  }

  /** Whether the outcome is a failure; `undefined` while it is not known. */
  #transform(): boolean | undefined {
    try {
      const mapped = this.#map();
      if (isThenable(mapped)) {
        this.#settleLater(mapped);
        return undefined;
      }
      this.#outcome = { ok: true, value: mapped };
      return false;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #map(): U {
    let value: T;
    try {
      value = this.#inner.take();
    } catch (error) {
      if (!(error instanceof RestateError))
        throw new PassedThrough("passed through", { cause: error });
      return this.#mapper(undefined, error as TerminalError);
    }
    return this.#mapper(value, undefined);
  }

  #failed(error: unknown): boolean | undefined {
    const reason = error instanceof PassedThrough ? error.cause : error;
    if (reason instanceof UndecodableResult) {
      this.driver?.fail(reason.cause, reason.related);
      return undefined;
    }
    const isOutcome = error instanceof PassedThrough || reason instanceof TerminalError;
    if (!isOutcome && this.driver !== undefined) {
      this.driver.fail(reason);
      return undefined;
    }
    this.#outcome = { ok: false, reason };
    return true;
  }

  /** The mapper is user code that goes on; nothing is delivered until it rests. */
  #settleLater(mapped: PromiseLike<unknown>): void {
    this.driver?.yieldToUser();
    const settle = (outcome: Outcome<U>) => {
      this.#outcome = outcome;
      this.node.settle(this.driver?.position ?? this.#inner.node.order, !outcome.ok);
    };
    mapped.then(
      (value) => settle({ ok: true, value: value as U }),
      (reason) => settle({ ok: false, reason }),
    );
  }
}

/** A failure that the mapper does not get to see: it is the outcome as it is. */
class PassedThrough extends Error {}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
