/** A hook that makes spans: one for each attempt, and below it one for each run that is executed. */
import {
  type Attributes,
  context,
  type Span,
  type Context as SpanContexts,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Request } from "../context/request.ts";
import { ErrorCode, toError } from "../errors.ts";
import { type HooksProvider, type Interceptor, IS_PROCESSING } from "../hooks.ts";
import { muteWhileReplaying } from "./muted-span.ts";
import { withRemoteParent } from "./remote-parent.ts";

/** What is known when an attempt begins. */
export interface OpenTelemetryHookContext {
  request: Request;
}

export interface OpenTelemetryHookOptions {
  /** Makes the spans; or a function that chooses a tracer for each attempt. */
  tracer: Tracer | ((ctx: OpenTelemetryHookContext) => Tracer);
  /** Whether the closures of `ctx.run` that are executed get spans; by default they do. */
  runSpans?: boolean;
  /**
   * Whether events and exceptions that a handler adds to the span of its attempt while it replays are
   * dropped; by default they are, since an earlier attempt has them. Attributes are kept.
   */
  suppressSpanEventsDuringReplay?: boolean;
  /** Of the attempt's span, beside its own. What the function throws fails the attempt. */
  additionalAttemptAttributes?:
    | Attributes
    | ((ctx: OpenTelemetryHookContext) => Attributes | undefined);
  /** Of a run's span, beside its own. What the function throws counts as thrown by the closure. */
  additionalRunAttributes?:
    | Attributes
    | ((ctx: OpenTelemetryHookContext, name: string) => Attributes | undefined);
}

/**
 * Makes a hook for the option `hooks` of services and handlers.
 *
 * Each attempt has a span `attempt <target>` with `restate.invocation.id` and
 * `restate.invocation.target`, which is the active one in the handler. Its parent is what the server
 * sends with the attempt (`traceparent`), else what the invocation was called with, else the active
 * span. Below it, or below what the handler has made active, each run that is executed has a span
 * `run (<name>)` with `restate.run.name`, which is the active one in the closure; a run that is
 * replayed has none.
 *
 * A span whose attempt or run fails has the status `ERROR` and the exception. An attempt that is
 * suspended has not failed: its status stays unset.
 */
export function openTelemetryHook(options: OpenTelemetryHookOptions): HooksProvider {
  return (hookContext) => ({ interceptor: createInterceptor(options, hookContext) });
}

function createInterceptor(
  options: OpenTelemetryHookOptions,
  hookContext: OpenTelemetryHookContext,
): Interceptor {
  const { runSpans = true, suppressSpanEventsDuringReplay: suppresses = true } = options;
  const tracer =
    typeof options.tracer === "function" ? options.tracer(hookContext) : options.tracer;
  // Where runs are, if spans do not go with asynchronous code; the handler's interceptor is first.
  let attemptContext = context.active();

  const handler: Interceptor["handler"] = async (next) => {
    const parent = withRemoteParent(context.active(), hookContext.request);
    const span = startAttempt(tracer, options, { hookContext, parent });
    const active = suppresses ? muteWhileReplaying(span, isProcessingOf(hookContext)) : span;
    attemptContext = trace.setSpan(parent, active);
    await spanning(span, attemptContext, next);
  };
  if (!runSpans) return { handler };
  const run: Interceptor["run"] = async (name, next) => {
    const attributes = {
      ...resolve(options.additionalRunAttributes, hookContext, name),
      "restate.run.name": name,
    };
    // A span that the handler has made around it is its parent, if spans can be followed at all.
    const active = context.active();
    const parent = trace.getSpan(active) === undefined ? attemptContext : active;
    const span = tracer.startSpan(`run (${name})`, { attributes }, parent);
    await spanning(span, trace.setSpan(parent, span), next);
  };
  return { handler, run };
}

interface AttemptPlace {
  readonly hookContext: OpenTelemetryHookContext;
  readonly parent: SpanContexts;
}

function startAttempt(
  tracer: Tracer,
  { additionalAttemptAttributes }: OpenTelemetryHookOptions,
  { hookContext, parent }: AttemptPlace,
): Span {
  const { id, target } = hookContext.request;
  const attributes = {
    ...resolve(additionalAttemptAttributes, hookContext),
    "restate.invocation.id": String(id),
    "restate.invocation.target": String(target),
  };
  return tracer.startSpan(`attempt ${target}`, { attributes }, parent);
}

/** Calls `next` with `active`, and ends `span` with how that has ended. */
async function spanning(
  span: Span,
  active: SpanContexts,
  next: () => Promise<void>,
): Promise<void> {
  try {
    await context.with(active, next);
    span.setStatus({ code: SpanStatusCode.OK });
  } catch (error) {
    if (!isSuspension(error)) {
      const exception = typeof error === "string" ? new Error(error) : toError(error);
      span.recordException(exception);
      span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
    }
    throw error;
  } finally {
    span.end();
  }
}

/** By its traits and not by its class, which is another one in the reference's SDK. */
function isSuspension(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === "RestateError" &&
    "code" in error &&
    error.code === ErrorCode.suspended
  );
}

/** Whether the handler has gone beyond what is replayed; an SDK that cannot tell never replays. */
function isProcessingOf(hookContext: OpenTelemetryHookContext): () => boolean {
  const probe: unknown = Reflect.get(hookContext, IS_PROCESSING);
  return typeof probe === "function" ? () => probe() === true : () => true;
}

function resolve<Args extends unknown[]>(
  source: Attributes | ((...args: Args) => Attributes | undefined) | undefined,
  ...args: Args
): Attributes | undefined {
  return typeof source === "function" ? source(...args) : source;
}
