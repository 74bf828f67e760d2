/** Handing the trace on. */
import { context, propagation } from "@opentelemetry/api";
import type { Context } from "@rejoin/sdk";

/** Inside of a step, for requests to others: the step's span is their parent. */
export function outgoingHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/**
 * For calls of other handlers: what this invocation was called with. Not the attempt's span, which
 * is another one in the next attempt: a call has to be the same in every replay.
 */
export function inheritedHeaders(ctx: Context): Record<string, string> {
  const { headers } = ctx.request();
  const inherited: Record<string, string> = {};
  for (const name of ["traceparent", "tracestate"]) {
    const value = headers.get(name);
    if (value !== undefined) inherited[name] = value;
  }
  return inherited;
}
