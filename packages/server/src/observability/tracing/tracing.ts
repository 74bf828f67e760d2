/** Traces over OTLP: what is made of them, and how that ends. */
import { Agent } from "node:http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { ServerObservers } from "../../ports/observers.ts";
import type { Ports } from "../../ports/ports.ts";
import { counter, type Metric } from "../metrics/exposition.ts";
import { parseTracingEndpoint } from "./endpoint.ts";
import { ExportWatch } from "./export-watch.ts";
import { IngressTracing } from "./ingress-tracing.ts";
import { InvokerTracing } from "./invoker-tracing.ts";
import { PartitionTracing } from "./partition-tracing.ts";
import { createProbe } from "./probe.ts";
import { Tracer } from "./tracer.ts";

/** Where traces go. */
export interface TracingOptions {
  /** A collector that takes OTLP over HTTP, such as `http://localhost:4318`. */
  readonly endpoint: string;
  /** Sent with each request to it, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `service.name` of the server's own spans; by default `OTEL_SERVICE_NAME`, or `rejoin`. */
  readonly serviceName?: string;
}

type TracingPorts = Pick<Ports, "clock" | "timers" | "random" | "log">;

/** How long closing waits for the last spans to be exported. */
const FLUSH_MS = 3000;

export class Tracing {
  private readonly ports: TracingPorts;
  private readonly watch: ExportWatch;
  private readonly tracer: Tracer;
  /** Of the exporter, if the collector is reached without TLS. */
  private readonly agent: Agent | undefined;

  /**
   * Throws a `TracingEndpointError` for an address that is none. `exporter` replaces the one that
   * sends; for tests.
   */
  constructor(
    options: TracingOptions,
    { ports, version, exporter }: { ports: TracingPorts; version: string; exporter?: SpanExporter },
  ) {
    const { url, looksLikeGrpc } = parseTracingEndpoint(options.endpoint);
    const { clock, log, random } = ports;
    if (looksLikeGrpc) {
      const text = `traces are sent to ${url} over HTTP, but port 4317 is usually for gRPC`;
      log("warn", `${text}; collectors take HTTP on port 4318`);
    }
    this.ports = ports;
    // Over TLS the exporter makes one of its own, with what its variables say of certificates.
    this.agent = url.startsWith("http:") ? new Agent({ keepAlive: true }) : undefined;
    const sender = exporter ?? createExporter(url, options.headers, this.agent);
    const probe = exporter === undefined ? createProbe(url, ports.timers) : undefined;
    this.watch = new ExportWatch({ exporter: sender, probe, url, clock, log });
    const { serviceName } = options;
    this.tracer = new Tracer({ exporter: this.watch, random, version, serviceName });
  }

  /** Observers that trace, and tell `inner` everything too. */
  around(inner: ServerObservers): ServerObservers {
    const { clock } = this.ports;
    return {
      ingress: new IngressTracing(this.tracer, clock, inner.ingress),
      invoker: new InvokerTracing(this.tracer, clock, inner.invoker),
      partition: new PartitionTracing(this.tracer, inner.partition),
    };
  }

  metrics(): readonly Metric[] {
    const { exported, dropped } = this.watch;
    return [
      counter("rejoin_trace_spans_exported_total", "Spans that the collector has taken.", () => {
        return exported.value;
      }),
      counter("rejoin_trace_spans_dropped_total", "Spans that could not be exported.", () => {
        return dropped.value;
      }),
    ];
  }

  /** Exports what there is, unless the collector does not answer anyway or takes too long. */
  async close(): Promise<void> {
    if (!this.watch.hasFailed) await this.flush();
    this.watch.close();
    this.letGo();
  }

  /** A collector that does not answer keeps no program running which has nothing else to do. */
  private letGo(): void {
    for (const sockets of Object.values(this.agent?.sockets ?? {})) {
      for (const socket of sockets ?? []) socket.unref();
    }
  }

  private async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.ports.timers.after(FLUSH_MS, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      this.tracer.shutdown().then(done, done);
    });
  }
}

function createExporter(
  url: string,
  headers: TracingOptions["headers"],
  agent: Agent | undefined,
): SpanExporter {
  return new OTLPTraceExporter({
    url,
    ...(agent === undefined ? {} : { httpAgentOptions: () => agent }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
}
