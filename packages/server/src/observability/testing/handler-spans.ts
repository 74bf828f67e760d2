/** Spans of attempts and runs, as a program makes them with the hook: see docs/observability.md. */
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { HooksProvider } from "@rejoin/sdk";
import { openTelemetryHook } from "@rejoin/sdk/opentelemetry";

export interface HandlerSpans {
  readonly hook: HooksProvider;
  find(name: string): ReadableSpan;
}

export function createHandlerSpans(): HandlerSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return {
    hook: openTelemetryHook({ tracer: provider.getTracer("handlers") }),
    find: (name) => {
      const [span, ...others] = exporter.getFinishedSpans().filter((one) => one.name === name);
      if (span === undefined || others.length > 0) throw new Error(`not one span ${name}`);
      return span;
    },
  };
}
