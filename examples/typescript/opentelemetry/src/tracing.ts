/** Where the spans go: any OpenTelemetry set-up will do. This one prints them. */
import {
  ConsoleSpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-node";

/** Spans go to `exporter`, and W3C headers are understood. Returns what ends that. */
export function startTracing(exporter: SpanExporter = new ConsoleSpanExporter()) {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  return () => provider.shutdown();
}
