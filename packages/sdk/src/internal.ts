/** Features for libraries and experiments; exported as the namespace `internal`. */
import type { Context } from "./context/context.ts";
import type { InvocationId, RestatePromise } from "./promise/restate-promise.ts";

export { isSuspendedError } from "./errors.ts";

/** What every context can do beside its public type. It may change without notice. */
export interface ContextInternal extends Context {
  /** False while replaying. Nothing that a handler does may depend on it. */
  isProcessing(): boolean;
  /**
   * Settles with the next cancellation of this invocation. Until it has, each call gives the same
   * promise. Only with the option `explicitCancellation`; without it, it never settles by itself.
   */
  cancellation(): RestatePromise<void>;
  /**
   * When awaited, cancels everything that was called (not sent) since the last time, and gives the
   * ids. Only with the option `explicitCancellation`; without it, it does nothing.
   */
  cancelPreviousCalls(): RestatePromise<InvocationId[]>;
}
