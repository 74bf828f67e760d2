/** Attempts of invocations that are traced. */
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import type { Invocation, Pin } from "@rejoin/engine";
import {
  formatTraceParent,
  HEADERS,
  type InvocationTrace,
  invocationTraceOf,
  isCommandKind,
  spanIdOfAttempt,
  spanIdOfInvocation,
} from "@rejoin/protocol";
import type { AttemptResult, AttemptWatch, InvokerObserver } from "../../ports/observers.ts";
import type { Clock } from "../../ports/ports.ts";
import { invocationAttributes, nameOf } from "./attributes.ts";
import type { Tracer } from "./tracer.ts";

type Message = Parameters<NonNullable<AttemptWatch["said"]>>[0];
type Failure = Parameters<AttemptWatch["ended"]>[1];

export class InvokerTracing implements InvokerObserver {
  private readonly tracer: Tracer;
  private readonly clock: Clock;
  private readonly inner: InvokerObserver;

  /** Tells `inner` everything too. */
  constructor(tracer: Tracer, clock: Clock, inner: InvokerObserver) {
    this.tracer = tracer;
    this.clock = clock;
    this.inner = inner;
  }

  attemptStarted(invocation: Invocation, pin: Pin): AttemptWatch {
    const watch = this.inner.attemptStarted(invocation, pin);
    const found = invocationTraceOf(invocation.headers);
    if (found === undefined) return watch;
    const headers = headersOf(invocation, found);
    if (!found.sampled) return { headers, said: watch.said, ended: watch.ended.bind(watch) };
    return new TracedAttempt(this.start(invocation, pin, found), headers, this.clock, watch);
  }

  private start(
    { key, starts, target, retryCount, journalLength }: Invocation,
    pin: Pin,
    found: InvocationTrace,
  ): Span {
    const { traceId } = found;
    return this.tracer.startSpan(
      {
        name: `attempt ${nameOf(target)}`,
        startedAt: this.clock.now(),
        attributes: {
          ...invocationAttributes(key, target),
          "restate.deployment.id": pin.deploymentId,
          "restate.protocol.version": pin.protocolVersion,
          "rejoin.attempt.start": starts,
          "rejoin.attempt.retries": retryCount,
          "rejoin.attempt.replayed_entries": journalLength - 1,
        },
      },
      {
        traceId,
        spanId: spanIdOfAttempt(key, starts),
        parent: { traceId, spanId: spanIdOfInvocation(key), sampled: true },
        link: undefined,
      },
    );
  }
}

/** What tells the endpoint where its spans belong. */
function headersOf({ key, starts }: Invocation, { traceId, sampled, traceState }: InvocationTrace) {
  const context = { traceId, spanId: spanIdOfAttempt(key, starts), sampled };
  return {
    [HEADERS.traceParent]: formatTraceParent(context),
    [HEADERS.traceState]: traceState,
  };
}

class TracedAttempt implements AttemptWatch {
  readonly headers: Readonly<Record<string, string>>;
  private readonly span: Span;
  private readonly clock: Clock;
  private readonly inner: AttemptWatch;
  private isOver = false;

  constructor(
    span: Span,
    headers: Readonly<Record<string, string>>,
    clock: Clock,
    inner: AttemptWatch,
  ) {
    this.span = span;
    this.headers = headers;
    this.clock = clock;
    this.inner = inner;
  }

  readonly said = (message: Message): void => {
    this.inner.said?.(message);
    const now = this.clock.now();
    if (message.kind === "proposeRunCompletion") {
      const { completionId } = message;
      this.span.addEvent("run completed", { "restate.completion.id": completionId }, now);
    } else if (isCommandKind(message.kind)) {
      this.span.addEvent(message.kind, nameAttribute(message), now);
    }
  };

  ended(result: AttemptResult, failure?: Failure): void {
    if (this.isOver) return;
    this.isOver = true;
    this.inner.ended(result, failure);
    // The attempt that is begun again has the same id, and would be there twice.
    if (result === "interrupted") return;
    const { span } = this;
    span.setAttribute("rejoin.attempt.result", result);
    if (result === "completed") span.setStatus({ code: SpanStatusCode.OK });
    if (result === "failed") {
      span.setAttribute("restate.error.code", failure?.docCode ?? "");
      span.setStatus({ code: SpanStatusCode.ERROR, message: failure?.message ?? "" });
    }
    span.end(this.clock.now());
  }
}

function nameAttribute(message: Message): Readonly<Record<string, string>> {
  return "name" in message && message.name !== "" ? { "restate.command.name": message.name } : {};
}
