/** The span that an attempt belongs to, from the headers of W3C Trace Context. */
import {
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type Context as SpanContexts,
  trace,
} from "@opentelemetry/api";
import type { Request } from "../context/request.ts";

type Headers = ReadonlyMap<string, string | string[] | undefined>;

/** version - trace id - span id - flags, and what a later version may add. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const INVALID_VERSION = "ff";
const FIRST_VERSION = "00";

/**
 * `here` with the span of another process, if the request names one: that which the server sends for
 * the attempt, else that of whoever called, which is the same for all attempts.
 */
export function withRemoteParent(
  here: SpanContexts,
  { attemptHeaders, headers }: Pick<Request, "attemptHeaders" | "headers">,
): SpanContexts {
  const parent = parseParent(attemptHeaders) ?? parseParent(headers);
  return parent === undefined ? here : trace.setSpanContext(here, parent);
}

function parseParent(headers: Headers): SpanContext | undefined {
  const match = TRACEPARENT.exec(firstOf(headers.get("traceparent")).trim());
  if (match === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", rest] = match;
  if (version === INVALID_VERSION) return undefined;
  if (version === FIRST_VERSION && rest !== undefined) return undefined;
  const state = allOf(headers.get("tracestate"));
  const parent: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state === "" ? {} : { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(parent) ? parent : undefined;
}

function firstOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** A `tracestate` may come in pieces. */
function allOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}
