/** Clients of handlers: their types and the options of a single call or send. */
import type { Duration, Serde } from "@rejoin/protocol";
import type { InvocationHandle, InvocationPromise } from "../promise/restate-promise.ts";
import type { HandlerDescriptors, InferInput, InferOutput } from "./descriptor.ts";

export type ClientCallOptions<I, O> = {
  /** Serde of the parameter; default: the handler's, else the context's. */
  input?: Serde<I>;
  /** Serde of the result. */
  output?: Serde<O>;
  /** The same key and parameters give the same invocation. Not empty. */
  idempotencyKey?: string;
  /** Limits how many run at once, within a scope: one or two levels with `/` between them. */
  limitKey?: string;
  headers?: Record<string, string>;
  /** Shown to operators, compared on replay. */
  name?: string;
};

export type ClientSendOptions<I> = Omit<ClientCallOptions<I, never>, "output"> & {
  /** How long to wait before the invocation starts, in milliseconds or as a duration. */
  delay?: Duration | number;
};

/** The options of a call, told apart from a parameter by its class. */
export class Opts<I, O> {
  readonly #opts: ClientCallOptions<I, O>;

  private constructor(opts: ClientCallOptions<I, O>) {
    this.#opts = opts;
  }

  static from<I, O>(opts: ClientCallOptions<I, O>): Opts<I, O> {
    return new Opts(opts);
  }

  getOpts(): ClientCallOptions<I, O> {
    return this.#opts;
  }
}

/** The options of a send. */
export class SendOpts<I> {
  readonly #opts: ClientSendOptions<I>;

  private constructor(opts: ClientSendOptions<I>) {
    this.#opts = opts;
  }

  static from<I>(opts: ClientSendOptions<I>): SendOpts<I> {
    return new SendOpts(opts);
  }

  getOpts(): ClientSendOptions<I> {
    return this.#opts;
  }
}

/** Options for calls and sends: the last argument of a client's function. */
export const rpc = {
  opts<I, O>(opts: ClientCallOptions<I, O>): Opts<I, O> {
    return Opts.from(opts);
  },
  sendOpts<I>(opts: ClientSendOptions<I>): SendOpts<I> {
    return SendOpts.from(opts);
  },
} as const;

// biome-ignore lint/suspicious/noExplicitAny: infers whatever comes first, as the reference does
export type InferArg<P> = P extends [infer A, ...any[]] ? A : unknown;

/** The handlers of `M`, to be called: without context, with options, giving a promise of the context. */
export type Client<M> = {
  [K in keyof M as M[K] extends never ? never : K]: M[K] extends (
    // biome-ignore lint/suspicious/noExplicitAny: any context
    arg: any,
    ...args: infer P
  ) => PromiseLike<infer O>
    ? (...args: [...P, ...[opts?: Opts<InferArg<P>, O>]]) => InvocationPromise<O>
    : never;
};

/** The handlers of `M`, to be sent to. */
export type SendClient<M> = {
  [K in keyof M as M[K] extends never ? never : K]: M[K] extends (
    // biome-ignore lint/suspicious/noExplicitAny: any context
    arg: any,
    ...args: infer P
  ) => unknown
    ? (...args: [...P, ...[opts?: SendOpts<InferArg<P>>]]) => InvocationHandle
    : never;
};

/** The handlers of a contract, to be called. */
export type ClientFromDescriptors<H extends HandlerDescriptors> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: no input is void
  readonly [K in keyof H]: [InferInput<H[K]>] extends [void]
    ? (opts?: Opts<InferInput<H[K]>, InferOutput<H[K]>>) => InvocationPromise<InferOutput<H[K]>>
    : (
        input: InferInput<H[K]>,
        opts?: Opts<InferInput<H[K]>, InferOutput<H[K]>>,
      ) => InvocationPromise<InferOutput<H[K]>>;
};

/** The handlers of a contract, to be sent to. */
export type SendClientFromDescriptors<H extends HandlerDescriptors> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: no input is void
  readonly [K in keyof H]: [InferInput<H[K]>] extends [void]
    ? (opts?: SendOpts<InferInput<H[K]>>) => InvocationHandle
    : (input: InferInput<H[K]>, opts?: SendOpts<InferInput<H[K]>>) => InvocationHandle;
};

export type GenericCall<REQ, RES> = {
  service: string;
  method: string;
  parameter: REQ;
  key?: string;
  headers?: Record<string, string>;
  /** Default: bytes as they are. */
  inputSerde?: Serde<REQ>;
  /** Default: bytes as they are. */
  outputSerde?: Serde<RES>;
  idempotencyKey?: string;
  /** Part of the callee's identity. Needs protocol version 7. */
  scope?: string;
  /** Only together with a scope. */
  limitKey?: string;
  name?: string;
};

export type GenericSend<REQ> = Omit<GenericCall<REQ, never>, "outputSerde"> & {
  /** Zero or less is no delay. */
  delay?: Duration | number;
};
