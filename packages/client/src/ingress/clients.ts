/** The types of clients: what can be called on them. */
import type { HandlerDescriptors, InferInput, InferOutput } from "../definitions.ts";
import type { Opts, SendOpts } from "./options.ts";

/** Carries the type of a result that is not here yet; never there at run time. */
declare const resultType: unique symbol;

// biome-ignore lint/suspicious/noExplicitAny: whatever follows the parameter
export type InferArgType<P> = P extends [infer A, ...any[]] ? A : unknown;

/** The handlers of `M`, to be called: without context, with options. */
export type IngressClient<M> = {
  [K in keyof M as M[K] extends never ? never : K]: M[K] extends (
    // biome-ignore lint/suspicious/noExplicitAny: any context
    arg: any,
    ...args: infer P
  ) => PromiseLike<infer O>
    ? (...args: [...P, ...[opts?: Opts<InferArgType<P>, O>]]) => PromiseLike<O>
    : never;
};

/** The handlers of `M`, to be sent to. */
export type IngressSendClient<M> = {
  [K in keyof M as M[K] extends never ? never : K]: M[K] extends (
    // biome-ignore lint/suspicious/noExplicitAny: any context
    arg: any,
    ...args: infer P
  ) => PromiseLike<infer O>
    ? (...args: [...P, ...[opts?: SendOpts<InferArgType<P>>]]) => Promise<Send<O>>
    : never;
};

/** The handlers of a contract, to be called. */
export type IngressClientFromDescriptors<H extends HandlerDescriptors> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: no input is void
  readonly [K in keyof H]: [InferInput<H[K]>] extends [void]
    ? (opts?: Opts<InferInput<H[K]>, InferOutput<H[K]>>) => Promise<InferOutput<H[K]>>
    : (
        input: InferInput<H[K]>,
        opts?: Opts<InferInput<H[K]>, InferOutput<H[K]>>,
      ) => Promise<InferOutput<H[K]>>;
};

/** The handlers of a contract, to be sent to. */
export type IngressSendClientFromDescriptors<H extends HandlerDescriptors> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: no input is void
  readonly [K in keyof H]: [InferInput<H[K]>] extends [void]
    ? (opts?: SendOpts<InferInput<H[K]>>) => Promise<Send<InferOutput<H[K]>>>
    : (
        input: InferInput<H[K]>,
        opts?: SendOpts<InferInput<H[K]>>,
      ) => Promise<Send<InferOutput<H[K]>>>;
};

/** What the server said of a send. */
export type Send<T = unknown> = {
  invocationId: string;
  /** `PreviouslyAccepted` if there was an invocation of this idempotency key. */
  status: "Accepted" | "PreviouslyAccepted";
  /** Whether its result can be asked for: it had an idempotency key. */
  attachable: boolean;
  /** When a delayed one is due, as an ISO 8601 text. */
  executionTime?: string;
  readonly [resultType]?: T;
};

/** What the server said of the submission of a workflow. */
export type WorkflowSubmission<T> = {
  readonly invocationId: string;
  /**
   * `PreviouslyAccepted` if the workflow had been submitted, be it by an earlier attempt of the same
   * request whose answer was lost.
   */
  readonly status: "Accepted" | "PreviouslyAccepted";
  readonly attachable: true;
  readonly [resultType]?: T;
};

/** The output of a workflow, as far as there is one. */
export interface Output<O> {
  ready: boolean;
  /** To read it throws unless it is ready. */
  result: O;
}

// biome-ignore-start lint/suspicious/noExplicitAny: handlers of any types
/** A workflow: its shared handlers, and what can be done with its `run`. */
export type IngressWorkflowClient<M> = Omit<
  IngressClient<M> & {
    /** Starts the workflow unless it has been started; it is durable when this resolves. */
    workflowSubmit: M extends Record<string, unknown>
      ? M["run"] extends (arg: any, ...args: infer I) => Promise<infer O>
        ? (...args: [...I, ...[opts?: SendOpts<InferArgType<I>>]]) => Promise<WorkflowSubmission<O>>
        : never
      : never;
    /** Waits for the result of a submitted workflow; rejects if it fails. */
    workflowAttach: M extends Record<string, unknown>
      ? M["run"] extends (...args: any) => Promise<infer O>
        ? (opts?: Opts<void, O>) => Promise<O>
        : never
      : never;
    /** The result of a submitted workflow if it has ended; does not wait. */
    workflowOutput: M extends Record<string, unknown>
      ? M["run"] extends (...args: any) => Promise<infer O>
        ? (opts?: Opts<void, O>) => Promise<Output<O>>
        : never
      : never;
  },
  "run"
>;
// biome-ignore-end lint/suspicious/noExplicitAny: handlers of any types
