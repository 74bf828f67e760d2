/** Spans in memory: a tracer whose finished spans tests look at. */
import { context, type SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

export interface RecordedSpans {
  readonly tracer: Tracer;
  /** In the order in which they ended. */
  finished(): readonly ReadableSpan[];
  /** The only one of that name. */
  span(name: string): ReadableSpan;
  names(): readonly string[];
  close(): Promise<void>;
}

export const UNSET: SpanStatusCode.UNSET = 0;
export const OK: SpanStatusCode.OK = 1;
export const ERROR: SpanStatusCode.ERROR = 2;

export function recordSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const finished = () => exporter.getFinishedSpans();
  return {
    tracer: provider.getTracer("tests"),
    finished,
    span: (name) => {
      const [span, ...more] = finished().filter((one) => one.name === name);
      if (span === undefined || more.length > 0) {
        const names = finished().map((one) => one.name);
        throw new Error(`not one span is called ${name}: ${names.join(", ")}`);
      }
      return span;
    },
    names: () => finished().map(({ name }) => name),
    close: () => provider.shutdown(),
  };
}

/** Lets the active span go with asynchronous code, until the returned function is called. */
export function enableActiveSpans(): () => void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return () => {
    context.disable();
    trace.disable();
  };
}
