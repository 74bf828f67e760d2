/** What the handlers of a workflow share. */
import type { RestatePromise } from "./restate-promise.ts";

/**
 * A named promise of a workflow, shared by its handlers and completed once. Awaiting it, or what
 * `get` gives, waits for that.
 */
export interface DurablePromise<T> extends RestatePromise<T> {
  /** Waits for the completion. */
  get(): RestatePromise<T>;
  /** The value, or `undefined` while there is none. */
  peek(): RestatePromise<T | undefined>;
  /** Completes it; fails with a `TerminalError` if it is completed already. */
  resolve(value?: T): RestatePromise<void>;
  /** Completes it with a failure; fails with a `TerminalError` if it is completed already. */
  reject(message: string): RestatePromise<void>;
}
