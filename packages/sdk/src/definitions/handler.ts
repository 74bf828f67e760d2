/** Handlers with options. A wrapped handler stays a function, so siblings can call it. */
import type { Context } from "../context/context.ts";
import type {
  ObjectContext,
  ObjectSharedContext,
  TypedState,
  UntypedState,
  WorkflowContext,
  WorkflowSharedContext,
} from "../context/keyed-context.ts";
import type { ObjectHandlerOpts, ServiceHandlerOpts, WorkflowHandlerOpts } from "./options.ts";

const WRAPPED = Symbol.for("@rejoin/sdk/handler");

/** What the SDK knows of every handler function, whatever its types. */
// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs are the user's
export type AnyHandler = (this: unknown, ctx: any, input?: any) => unknown;

/**
 * How a handler runs: of a service; alone on its object; beside others on its object or workflow;
 * once per workflow.
 */
export type HandlerKind = "service" | "exclusive" | "shared" | "workflow";

export interface WrappedHandler {
  readonly kind: HandlerKind;
  readonly fn: AnyHandler;
  readonly options: ObjectHandlerOpts<unknown, unknown> | undefined;
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
  return wrapHandler("service", fn, opts) as RemoveVoidArgument<typeof fn>;
}

function exclusive<O, I = void, S extends TypedState = UntypedState>(
  opts: ObjectHandlerOpts<I, O>,
  fn: (ctx: ObjectContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function exclusive<O, I = void, S extends TypedState = UntypedState>(
  fn: (ctx: ObjectContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function exclusive(optsOrFn: unknown, fn?: unknown): unknown {
  return wrapEither("exclusive", optsOrFn, fn);
}

function objectShared<O, I = void, S extends TypedState = UntypedState>(
  opts: ObjectHandlerOpts<I, O>,
  fn: (ctx: ObjectSharedContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function objectShared<O, I = void, S extends TypedState = UntypedState>(
  fn: (ctx: ObjectSharedContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function objectShared(optsOrFn: unknown, fn?: unknown): unknown {
  return wrapEither("shared", optsOrFn, fn);
}

function workflowRun<O, I = void, S extends TypedState = UntypedState>(
  opts: WorkflowHandlerOpts<I, O>,
  fn: (ctx: WorkflowContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function workflowRun<O, I = void, S extends TypedState = UntypedState>(
  fn: (ctx: WorkflowContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function workflowRun(optsOrFn: unknown, fn?: unknown): unknown {
  return wrapEither("workflow", optsOrFn, fn);
}

function workflowShared<O, I = void, S extends TypedState = UntypedState>(
  opts: WorkflowHandlerOpts<I, O>,
  fn: (ctx: WorkflowSharedContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function workflowShared<O, I = void, S extends TypedState = UntypedState>(
  fn: (ctx: WorkflowSharedContext<S>, input: I) => Promise<O>,
): RemoveVoidArgument<typeof fn>;
function workflowShared(optsOrFn: unknown, fn?: unknown): unknown {
  return wrapEither("shared", optsOrFn, fn);
}

/** Wraps handler functions with options, and says how they run. */
export const handlers = {
  /** Of a service. */
  handler,
  object: {
    /** Alone on its object: it may write state. What a bare handler of an object is. */
    exclusive,
    /** Beside others on its object: it may read state. */
    shared: objectShared,
  },
  workflow: {
    /** The main handler, named `run`. */
    workflow: workflowRun,
    /** Every other handler. */
    shared: workflowShared,
  },
} as const;

export const createServiceHandler = handlers.handler;
export const createObjectHandler = handlers.object.exclusive;
export const createObjectSharedHandler = handlers.object.shared;
export const createWorkflowHandler = handlers.workflow.workflow;
export const createWorkflowSharedHandler = handlers.workflow.shared;

function wrapEither(kind: HandlerKind, optsOrFn: unknown, fn: unknown): AnyHandler {
  if (typeof optsOrFn === "function") return wrapHandler(kind, optsOrFn, undefined);
  return wrapHandler(kind, fn, optsOrFn);
}

/** Wraps `fn`; throws a `TypeError` if that is no function. */
export function wrapHandler(kind: HandlerKind, fn: unknown, options: unknown): AnyHandler {
  if (typeof fn !== "function") throw new TypeError("The second argument must be a function");
  // A function may be registered under several routes: each gets a wrapper of its own.
  const copy = function (this: unknown, ...args: unknown[]): unknown {
    return fn.apply(this, args);
  };
  Object.defineProperty(copy, WRAPPED, {
    value: { kind, fn: copy, options } as WrappedHandler,
  });
  return copy as AnyHandler;
}

/** What stands behind an entry of `handlers`; throws a `TypeError` for anything but a handler. */
export function toWrappedHandler(
  name: string,
  value: unknown,
  defaultKind: HandlerKind,
): WrappedHandler {
  if (typeof value !== "function") {
    throw new TypeError(`Unexpected handler type ${name}: it is no function, but ${typeof value}`);
  }
  const wrapped = (value as { [WRAPPED]?: WrappedHandler })[WRAPPED];
  return wrapped ?? { kind: defaultKind, fn: value as AnyHandler, options: undefined };
}
