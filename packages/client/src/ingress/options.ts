/** The options of a single call or send. */

import { type Duration, type Serde, toExactMillis } from "@rejoin/protocol";

export interface IngressCallOptions<I = unknown, O = unknown> {
  /** Calls of a handler with the same key are one invocation; without it a call is not retried. */
  idempotencyKey?: string;
  /** Limits how many run at once, within a scope: one or two levels with `/` between them. */
  limitKey?: string;
  /** Added to those of the connection, and instead of the ones of the same name. */
  headers?: Record<string, string>;
  /** Serde of the parameter; default: the handler's, else the connection's. */
  input?: Serde<I>;
  /** Serde of the result. */
  output?: Serde<O>;
  /** How long an attempt may take, in milliseconds. Either this or `signal`. */
  timeout?: number;
  /** Aborts the request, and the wait for the next attempt. The invocation goes on. */
  signal?: AbortSignal;
}

export interface IngressSendOptions<I> extends IngressCallOptions<I, void> {
  /** How long to wait before the invocation starts, in milliseconds or as a duration. */
  delay?: number | Duration;
}

/** Marks both classes, also those of another copy of this package. */
const OPTIONS = Symbol.for("@rejoin/client/options");

/** The options of a call, told apart from a parameter by its class. */
export class Opts<I, O> {
  readonly [OPTIONS] = true;
  readonly opts: IngressCallOptions<I, O>;

  static from<I = unknown, O = unknown>(opts: IngressCallOptions<I, O>): Opts<I, O> {
    return new Opts(opts);
  }

  constructor(opts: IngressCallOptions<I, O>) {
    this.opts = opts;
  }
}

/** The options of a send. */
export class SendOpts<I = unknown> {
  readonly [OPTIONS] = true;
  readonly opts: IngressSendOptions<I>;

  static from<I = unknown>(opts: IngressSendOptions<I>): SendOpts<I> {
    return new SendOpts(opts);
  }

  constructor(opts: IngressSendOptions<I>) {
    this.opts = opts;
  }

  /** In milliseconds. */
  delay(): number | undefined {
    const { delay } = this.opts;
    return delay === undefined ? undefined : toExactMillis(delay);
  }
}

/** Options for calls and sends: the last argument of a client's function. */
export const rpc = {
  opts<I, O>(opts: IngressCallOptions<I, O>): Opts<I, O> {
    return Opts.from(opts);
  },
  sendOpts<I>(opts: IngressSendOptions<I>): SendOpts<I> {
    return SendOpts.from(opts);
  },
} as const;

export type AnyOptions = IngressCallOptions & { readonly delay?: number | Duration };

/** What was passed to a function of a client. */
export interface Arguments {
  readonly parameter: unknown;
  readonly options: AnyOptions;
}

/** `(parameter?, options?)`; a lone argument is the options if it is of their class. */
export function parseArguments(args: readonly unknown[]): Arguments {
  const [first, second] = args;
  if (args.length > 2) {
    throw new TypeError(
      `a handler takes one parameter, and options behind it; got ${args.length} arguments`,
    );
  }
  const lone = readOptions(first);
  if (args.length < 2) return { parameter: lone ? undefined : first, options: lone ?? {} };
  if (second === undefined) return { parameter: first, options: {} };
  const options = readOptions(second);
  if (options === undefined) {
    throw new TypeError(
      "the second argument must be options: wrap them with rpc.opts(…) or rpc.sendOpts(…)",
    );
  }
  return { parameter: first, options };
}

function readOptions(value: unknown): AnyOptions | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (OPTIONS in value) return (value as unknown as Opts<unknown, unknown>).opts;
  // The SDK has classes of the same names, for calls between handlers.
  if ("getOpts" in value && typeof value.getOpts === "function") {
    throw new TypeError(
      "these options are for calls from handlers: take rpc, Opts or SendOpts of @rejoin/client",
    );
  }
  return undefined;
}
