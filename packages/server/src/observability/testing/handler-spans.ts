/** Spans of handlers and steps, as a program makes them with a hook: see docs/observability.md. */
import { ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { HooksProvider } from "@rejoin/sdk";

export interface HandlerSpans {
  readonly hook: HooksProvider;
  find(name: string): ReadableSpan;
}

const GETTER = {
  get: (carrier: ReadonlyMap<string, string>, name: string) => carrier.get(name),
  keys: (carrier: ReadonlyMap<string, string>) => [...carrier.keys()],
};

export function createHandlerSpans(): HandlerSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("handlers");
  const propagator = new W3CTraceContextPropagator();
  return {
    hook: ({ request }) => {
      const carrier = request.attemptHeaders as ReadonlyMap<string, string>;
      let here = propagator.extract(ROOT_CONTEXT, carrier, GETTER);
      const within = (name: string, next: (span: Span) => Promise<void>) =>
        tracer.startActiveSpan(name, {}, here, (span) => next(span).finally(() => span.end()));
      return {
        interceptor: {
          handler: (next) =>
            within(`handler ${request.target}`, (span) => {
              here = trace.setSpan(here, span);
              return next();
            }),
          run: (name, next) => within(`run ${name}`, next),
        },
      };
    },
    find: (name) => {
      const [span, ...others] = exporter.getFinishedSpans().filter((one) => one.name === name);
      if (span === undefined || others.length > 0) throw new Error(`not one span ${name}`);
      return span;
    },
  };
}
