/** The promise type of the public API. */
import type { Duration } from "@rejoin/protocol";
import type { TerminalError } from "../errors.ts";

/**
 * A promise whose outcome stands in the journal: it can be awaited across crashes and on other
 * machines. Combine several with `DurablePromise.all` and its siblings.
 */
export interface DurablePromise<T> extends Promise<T> {
  /** Rejects with a `TimeoutError` unless this settles within the time (milliseconds). */
  orTimeout(millis: Duration | number): DurablePromise<T>;
  /**
   * Looks at the outcome when it is first awaited, at most once per attempt. A thrown
   * `TerminalError` rejects; anything else that is thrown ends the attempt.
   */
  map<U>(mapper: (value?: T, failure?: TerminalError) => U): DurablePromise<U>;
}

/**
 * A named promise of a workflow, shared by its handlers and completed once. Awaiting it, or what
 * `get` gives, waits for that.
 */
export interface WorkflowPromise<T> extends DurablePromise<T> {
  /** Waits for the completion. */
  get(): DurablePromise<T>;
  /** The value, or `undefined` while there is none. */
  peek(): DurablePromise<T | undefined>;
  /** Completes it; fails with a `TerminalError` if it is completed already. */
  resolve(value?: T): DurablePromise<void>;
  /** Completes it with a failure; fails with a `TerminalError` if it is completed already. */
  reject(message: string): DurablePromise<void>;
}

export type InvocationId = string & { readonly __brand: "InvocationId" };

/** What a call or a send gives at once. */
export type InvocationHandle = {
  /** Known as soon as the server has stored the request; awaiting it is durable too. */
  readonly invocationId: Promise<InvocationId>;
};

/** The result of a call, and the id of the invocation that computes it. */
export type InvocationPromise<T> = DurablePromise<T> & InvocationHandle;
