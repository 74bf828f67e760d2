/** Requests that invoke: their spans, and the context that the invocation gets. */
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import type { Target } from "@rejoin/engine";
import {
  HEADERS,
  type Header,
  type InvocationKey,
  parseTraceParent,
  withTraceContext,
} from "@rejoin/protocol";
import type { IngressObserver, RequestType, RequestWatch } from "../../ports/observers.ts";
import type { Clock } from "../../ports/ports.ts";
import { invocationAttributes, nameOf } from "./attributes.ts";
import type { Tracer } from "./tracer.ts";

type Asking = Parameters<IngressObserver["began"]>[0];
type Answer = Parameters<RequestWatch["answered"]>[0];

export class IngressTracing implements IngressObserver {
  private readonly tracer: Tracer;
  private readonly clock: Clock;
  private readonly inner: IngressObserver;

  /** Tells `inner` everything too. */
  constructor(tracer: Tracer, clock: Clock, inner: IngressObserver) {
    this.tracer = tracer;
    this.clock = clock;
    this.inner = inner;
  }

  began(request: Asking): RequestWatch {
    return new TracedRequest(request, this.inner.began(request), this.tracer, this.clock);
  }
}

class TracedRequest implements RequestWatch {
  private readonly request: Asking;
  private readonly inner: RequestWatch;
  private readonly tracer: Tracer;
  private readonly clock: Clock;
  private readonly beganAt: number;
  private target: Target | undefined;
  private type: RequestType = "unknown";
  private span: Span | undefined;

  constructor(request: Asking, inner: RequestWatch, tracer: Tracer, clock: Clock) {
    this.request = request;
    this.inner = inner;
    this.tracer = tracer;
    this.clock = clock;
    this.beganAt = clock.now();
  }

  asks(type: RequestType, target?: Target): void {
    this.type = type;
    this.target = target;
    this.inner.asks(type, target);
  }

  invokes(key: InvocationKey, headers: readonly Header[]): readonly Header[] {
    const given = this.inner.invokes(key, headers);
    const { target } = this;
    if (target === undefined) return given;
    const state = this.request.header(HEADERS.traceState);
    const parent = parseTraceParent(this.request.header(HEADERS.traceParent));
    const attributes = { ...invocationAttributes(key, target), "rejoin.request.type": this.type };
    const options = { name: `ingress ${nameOf(target)}`, startedAt: this.beganAt, attributes };
    this.span = this.tracer.startRequest(options, parent, state);
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    const context = { traceId, spanId, sampled: (traceFlags & 1) !== 0 };
    return withTraceContext(given, context, parent === undefined ? undefined : state);
  }

  answered(response: Answer): void {
    this.inner.answered(response);
    const { status, headers } = response;
    this.span?.setAttribute("http.response.status_code", status);
    if (status >= 500 || headers[HEADERS.errorSource] === "invocation") {
      this.span?.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.end();
  }

  gone(): void {
    this.inner.gone();
    this.span?.setAttribute("rejoin.request.gone", true);
    this.end();
  }

  private end(): void {
    this.span?.end(this.clock.now());
    this.span = undefined;
  }
}
