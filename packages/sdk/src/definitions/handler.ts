/** Handlers with options. A wrapped handler stays a function, so siblings can call it. */
import type { Context } from "../context/context.ts";
import type { ServiceHandlerOpts } from "./options.ts";

const WRAPPED = Symbol.for("@rejoin/sdk/handler");

/** What the SDK knows of every handler function, whatever its types. */
// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs are the user's
export type AnyHandler = (this: unknown, ctx: any, input?: any) => unknown;

export interface HandlerDescriptor {
  readonly fn: AnyHandler;
  readonly options: ServiceHandlerOpts<unknown, unknown> | undefined;
}

/** A handler without input is one of a single parameter. */
export type RemoveVoidArgument<F> = F extends (ctx: infer C, arg: infer A) => infer R
  ? A extends void
    ? (ctx: C) => R
    : F
  : F;

function handler<O, I = void>(
  opts: ServiceHandlerOpts<I, O>,
  fn: (ctx: Context, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn> {
  return wrapHandler(fn, opts) as RemoveVoidArgument<typeof fn>;
}

/** Wraps handler functions with options. */
export const handlers = { handler } as const;

export const createServiceHandler = handlers.handler;

function wrapHandler(fn: unknown, options: unknown): AnyHandler {
  if (typeof fn !== "function") throw new TypeError("The second argument must be a function");
  // A function may be registered under several routes: each gets a wrapper of its own.
  const copy = function (this: unknown, ...args: unknown[]): unknown {
    return fn.apply(this, args);
  };
  Object.defineProperty(copy, WRAPPED, {
    value: { fn: copy, options } as HandlerDescriptor,
  });
  return copy as AnyHandler;
}

/** What stands behind an entry of `handlers`; throws a `TypeError` for anything but a handler. */
export function toHandlerDescriptor(value: unknown): HandlerDescriptor {
  if (typeof value !== "function") throw new TypeError(`Unexpected handler type ${typeof value}`);
  const wrapped = (value as { [WRAPPED]?: HandlerDescriptor })[WRAPPED];
  return wrapped ?? { fn: value as AnyHandler, options: undefined };
}
