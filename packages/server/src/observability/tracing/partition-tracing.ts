/** Invocations that are traced: a span for each, once it has completed. */
import { SpanStatusCode } from "@opentelemetry/api";
import { type Batch, type Invocation, invocationRows, type RowKind } from "@rejoin/engine";
import { formatInvocationId, invocationTraceOf, spanIdOfInvocation } from "@rejoin/protocol";
import type { PartitionObserver } from "../../ports/observers.ts";
import { invocationAttributes, nameOf } from "./attributes.ts";
import type { Tracer } from "./tracer.ts";

const ROWS = invocationRows as RowKind<unknown>;

export class PartitionTracing implements PartitionObserver {
  private readonly tracer: Tracer;
  private readonly inner: PartitionObserver;

  /** Tells `inner` everything too. */
  constructor(tracer: Tracer, inner: PartitionObserver) {
    this.tracer = tracer;
    this.inner = inner;
  }

  opened(partition: number): void {
    this.inner.opened(partition);
  }

  lost(partition: number, isFinal: boolean): void {
    this.inner.lost(partition, isFinal);
  }

  applied(waitedMs: number): void {
    this.inner.applied(waitedMs);
  }

  committed(partition: number, batch: Batch, durationMs: number): void {
    this.inner.committed(partition, batch, durationMs);
    for (const { key } of batch.completed) {
      const ended = batch.row(ROWS, key) as Invocation | null | undefined;
      if (ended) this.trace(ended);
    }
  }

  private trace(invocation: Invocation): void {
    const found = invocationTraceOf(invocation.headers);
    if (found?.sampled !== true) return;
    const { key, target, output, createdAt, completedAt, restartedFrom } = invocation;
    const span = this.tracer.startSpan(
      {
        name: `invocation ${nameOf(target)}`,
        startedAt: createdAt,
        attributes: {
          ...invocationAttributes(key, target),
          "restate.invocation.result": output?.kind === "failure" ? "failure" : "success",
          "rejoin.invocation.attempts": invocation.starts,
          ...(restartedFrom === undefined
            ? {}
            : { "rejoin.invocation.restarted_from": formatInvocationId(restartedFrom) }),
        },
      },
      { ...found, spanId: spanIdOfInvocation(key) },
    );
    if (output?.kind === "failure") {
      const { code, message } = output.failure;
      span.setAttribute("restate.invocation.error.code", code);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    span.end(Math.max(createdAt, completedAt));
  }
}
