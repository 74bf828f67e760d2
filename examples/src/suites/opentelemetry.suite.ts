/** What the example of tracing promises, whichever SDK it is written against. */
import { context, propagation, type SpanStatusCode, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { RunningExample } from "../run-example.ts";

type Tracing = typeof import("../../typescript/opentelemetry/src/index.ts");

const ERROR: SpanStatusCode.ERROR = 2;

export function testOpenTelemetry(example: Tracing, running: () => RunningExample): void {
  const exporter = new InMemorySpanExporter();
  let stop: () => Promise<void>;
  beforeAll(() => {
    stop = example.startTracing(exporter);
  });
  afterAll(async () => {
    await stop();
    trace.disable();
    context.disable();
    propagation.disable();
  });

  const spansOf = (traceId: string) =>
    exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

  it("tracing: puts attempts, steps and what they call into the trace of the caller", async () => {
    example.comeFog(1);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const callerId = "b7ad6b7169203331";
    const answer = await fetch(`${running().ingressUrl}/forecast/make`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        traceparent: `00-${traceId}-${callerId}-01`,
      },
      body: '"Rome"',
    });
    expect(await answer.json()).toBe("4 degrees in Rome");

    await eventually(() => expectTrace(spansOf(traceId), traceId, callerId));
  });

  function expectTrace(spans: readonly ReadableSpan[], traceId: string, callerId: string): void {
    expect(named(spans, "run (write)")).toHaveLength(1);
    const attempts = named(spans, "attempt forecast/make");
    for (const { parentSpanContext, attributes } of attempts) {
      expect(parentSpanContext?.spanId).toBe(callerId);
      expect(attributes).toMatchObject({
        "restate.invocation.id": expect.stringMatching(/^inv_/),
        "restate.invocation.target": "forecast/make",
      });
    }
    expect(idsOf(attempts)).toContain(parentOf(named(spans, "run (write)")[0]));

    // The first attempt failed, and so did its step; the second did not repeat anything else.
    const reads = named(spans, "attempt thermometer/read");
    const measures = named(spans, "run (measure)");
    for (const isError of [true, false]) {
      const around = reads.filter((span) => hasFailed(span) === isError);
      const steps = measures.filter((span) => hasFailed(span) === isError);
      expect(steps).toHaveLength(1);
      expect(idsOf(around)).toContain(parentOf(steps[0]));
    }
    const sent = idsOf(measures).map((id) => `00-${traceId}-${id}-01`);
    const measurings = example.measurings.filter(({ place }) => place === "Rome");
    expect(measurings.map(({ traceparent }) => traceparent)).toEqual(sent);
    expect(sent).toHaveLength(2);
  }
}

function named(spans: readonly ReadableSpan[], name: string): readonly ReadableSpan[] {
  return spans.filter((span) => span.name === name);
}

function idsOf(spans: readonly ReadableSpan[]): readonly string[] {
  return spans.map((span) => span.spanContext().spanId);
}

function parentOf(span: ReadableSpan | undefined): string | undefined {
  return span?.parentSpanContext?.spanId;
}

function hasFailed({ status }: ReadableSpan): boolean {
  return status.code === ERROR;
}
