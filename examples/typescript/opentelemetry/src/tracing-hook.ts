/**
 * A hook that makes spans: one for each attempt of a handler, and below it one for each step that is
 * executed. A replayed step makes none.
 */
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { type HooksProvider, internal } from "@rejoin/sdk";

type Headers = ReadonlyMap<string, string | string[] | undefined>;
type HookedRequest = Parameters<HooksProvider>[0]["request"];

/** The spans go to whatever is registered when an attempt begins, under the name of a tracer. */
export function createTracingHook(tracerName: string): HooksProvider {
  return ({ request }) => {
    const { id, target } = request;
    const attributes = {
      "restate.invocation.id": String(id),
      "restate.invocation.target": String(target),
    };
    const spanning = createSpanning(trace.getTracer(tracerName), attributes);
    return {
      interceptor: {
        handler: (next) =>
          context.with(parentOf(request), () => spanning(`attempt ${target}`, next)),
        run: (name, next) => spanning(`run (${name})`, next),
      },
    };
  };
}

/**
 * A server that exports traces hands its own span to each attempt. Otherwise the parent is what the
 * caller has sent along, the same for all attempts.
 */
function parentOf({ attemptHeaders, headers }: HookedRequest) {
  const source: Headers = attemptHeaders.has("traceparent") ? attemptHeaders : headers;
  return propagation.extract(ROOT_CONTEXT, source, {
    keys: (carrier) => [...carrier.keys()],
    get: (carrier, key) => carrier.get(key),
  });
}

/** Runs something in a span, whose parent is the active one. */
function createSpanning(tracer: Tracer, attributes: Attributes) {
  const spanning = async (name: string, next: () => Promise<void>, span: Span): Promise<void> => {
    try {
      await next();
    } catch (error) {
      // An attempt that waits ends in order to be resumed: no failure.
      if (internal.isSuspendedError(error)) span.addEvent("suspended");
      else fail(span, name, error);
      throw error;
    } finally {
      span.end();
    }
  };
  return (name: string, next: () => Promise<void>): Promise<void> =>
    tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, (span) =>
      spanning(name, next, span),
    );
}

function fail(span: Span, name: string, error: unknown): void {
  const message = error instanceof Error ? error.message : `${name} failed`;
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
