/** What can be said about services and handlers beside their code. */
import type { Duration, Serde } from "@rejoin/protocol";
import type { TerminalError } from "../errors.ts";
import type { HooksProvider } from "../hooks.ts";

/** Retries of a whole invocation, by the server. */
export type RetryPolicy = {
  /** Counts the first attempt too. */
  maxAttempts?: number;
  onMaxAttempts?: "pause" | "kill";
  initialInterval?: Duration | number;
  maxInterval?: Duration | number;
  exponentiationFactor?: number;
};

/** Options of a service; those of a handler come before them. */
export type ServiceOptions = {
  idempotencyRetention?: Duration | number;
  journalRetention?: Duration | number;
  inactivityTimeout?: Duration | number;
  abortTimeout?: Duration | number;
  /** Not callable through the ingress. */
  ingressPrivate?: boolean;
  retryPolicy?: RetryPolicy;
  /** Maps errors of the user's domain to terminal ones. */
  // biome-ignore lint/suspicious/noExplicitAny: users declare the errors that they expect
  asTerminalError?: (error: any) => TerminalError | undefined;
  /** The default serde of everything in the handlers. */
  // biome-ignore lint/suspicious/noExplicitAny: one serde for values of all types
  serde?: Serde<any>;
  /** Interceptors; those of a service are around those of its handlers. */
  hooks?: HooksProvider[];
  /**
   * A cancellation is not thrown: handlers ask for it with `cancellation()` and pass it on with
   * `cancelPreviousCalls()`, see `internal.ContextInternal`. Default false.
   */
  explicitCancellation?: boolean;
  /** What a journal mismatch (570) does to the invocation. Default "retry". */
  onJournalMismatchErrors?: "retry" | "pause" | "fail";
};

export type ServiceHandlerOpts<I, O> = ServiceOptions & {
  /** Accepted content type of requests; replaces that of `input`. */
  accept?: string;
  input?: Serde<I>;
  output?: Serde<O>;
  setOutputContentTypeIfEmpty?: boolean;
  description?: string;
  metadata?: Record<string, string>;
};

export type ObjectHandlerOpts<I, O> = ServiceHandlerOpts<I, O> & {
  /** The state is not sent along, but read when it is asked for. */
  enableLazyState?: boolean;
};

export type WorkflowHandlerOpts<I, O> = ObjectHandlerOpts<I, O>;

export type ObjectOptions = ServiceOptions & {
  /** The state is not sent along, but read when it is asked for. */
  enableLazyState?: boolean;
};

export type WorkflowOptions = ObjectOptions & {
  /** How long the result, the promises and the state of a workflow are kept. */
  workflowRetention?: Duration | number;
};

/** The options of any kind of service. */
export type AnyServiceOptions = WorkflowOptions;

/** Options of every service of an endpoint; what does not fit a service's kind is left out. */
export type DefaultServiceOptions = ServiceOptions & ObjectOptions & WorkflowOptions;
