/** What the operations of a context give to be awaited. */
import type { Duration } from "@rejoin/protocol";
import type { TerminalError } from "../errors.ts";

/**
 * A promise whose outcome stands in the journal: it can be awaited across crashes and on other
 * machines. Combine several with `RestatePromise.all` and its siblings.
 */
export interface RestatePromise<T> extends Promise<T> {
  /** Rejects with a `TimeoutError` unless this settles within the time (milliseconds). */
  orTimeout(millis: Duration | number): RestatePromise<T>;
  /**
   * Looks at the outcome when it is first awaited, at most once per attempt. A thrown
   * `TerminalError` rejects; anything else that is thrown ends the attempt.
   */
  map<U>(mapper: (value?: T, failure?: TerminalError) => U): RestatePromise<U>;
}

export type InvocationId = string & { readonly __brand: "InvocationId" };

/** What a call or a send gives at once. */
export type InvocationHandle = {
  /** Known as soon as the server has stored the request; awaiting it is durable too. */
  readonly invocationId: Promise<InvocationId>;
};

/** The result of a call, and the id of the invocation that computes it. */
export type InvocationPromise<T> = RestatePromise<T> & InvocationHandle;
