/** What a server shows of itself besides its answers: metrics, and traces if they are wanted. */
import type { ServerObservers } from "../ports/observers.ts";
import type { Log, LogLevel, Ports } from "../ports/ports.ts";
import type { ProcessMeter } from "../ports/process-port.ts";
import { DirectorySize } from "./directory-size.ts";
import { counter, EXPOSITION_TYPE, gauge, type Metric } from "./metrics/exposition.ts";
import { Counter, Family } from "./metrics/instruments.ts";
import { processMetrics } from "./metrics/process-metrics.ts";
import type { ServerFacts } from "./metrics/server-facts.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import type { Tracing, TracingOptions } from "./tracing/tracing.ts";

export interface ObservabilityOptions {
  /** Without the log, which {@link Observability.log} goes around. */
  readonly ports: Pick<Ports, "clock" | "timers" | "random">;
  readonly log: Log;
  readonly meter: ProcessMeter;
  readonly version: string;
  /** Where the store is, if it is on disk. */
  readonly dataDir: string | undefined;
  /** Where traces go; by default there are none. */
  readonly tracing: TracingOptions | undefined;
}

export class Observability {
  readonly observers: ServerObservers;
  /** The log, with its lines counted. */
  readonly log: Log;
  private readonly metrics: ServerMetrics;
  private readonly meter: ProcessMeter;
  private readonly storeSize: DirectorySize | undefined;
  private readonly tracing: Tracing | undefined;
  private readonly logged: Family<Counter>;

  /** Rejects with a `TracingEndpointError`. */
  static async open(options: ObservabilityOptions): Promise<Observability> {
    const { log, count } = countLines(options.log);
    return new Observability(options, log, count, await openTracing(options, log));
  }

  private constructor(
    { ports, meter, version, dataDir }: ObservabilityOptions,
    log: Log,
    logged: Family<Counter>,
    tracing: Tracing | undefined,
  ) {
    const { clock } = ports;
    this.metrics = new ServerMetrics({ clock, version });
    this.observers = tracing?.around(this.metrics) ?? this.metrics;
    this.log = log;
    this.logged = logged;
    this.meter = meter;
    this.tracing = tracing;
    this.storeSize = dataDir === undefined ? undefined : new DirectorySize(dataDir, clock);
  }

  /** The text for Prometheus. */
  async render(facts: ServerFacts): Promise<{ text: string; contentType: string }> {
    const storeBytes = await this.storeSize?.bytes();
    const more = [
      ...storeMetrics(storeBytes),
      this.logMetric(),
      ...(this.tracing?.metrics() ?? []),
      ...processMetrics(this.meter.read()),
    ];
    return { text: await this.metrics.render(facts, more), contentType: EXPOSITION_TYPE };
  }

  async close(): Promise<void> {
    this.meter.close();
    await this.tracing?.close();
  }

  private logMetric(): Metric {
    return counter(
      "rejoin_log_lines_total",
      "Lines of the server's own log, by level; also those below the level that is logged.",
      () =>
        [...this.logged].map(({ values: [level = ""], instrument }) => ({
          labels: { level },
          value: instrument.value,
        })),
    );
  }
}

/** What it needs is loaded only where it is wanted. */
async function openTracing(
  { tracing, ports, version }: ObservabilityOptions,
  log: Log,
): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { Tracing } = await import("./tracing/tracing.ts");
  return new Tracing(tracing, { ports: { ...ports, log }, version });
}

/** Counts the lines that go through it, those included that `log` drops. */
function countLines(log: Log): { readonly log: Log; readonly count: Family<Counter> } {
  const count = new Family(() => new Counter());
  const counts: Readonly<Record<LogLevel, Counter>> = {
    debug: count.of("debug"),
    info: count.of("info"),
    warn: count.of("warn"),
    error: count.of("error"),
  };
  const counting: Log = (level, message, fields) => {
    counts[level].add();
    log(level, message, fields);
  };
  return { log: counting, count };
}

function storeMetrics(bytes: number | undefined): readonly Metric[] {
  if (bytes === undefined) return [];
  return [gauge("rejoin_store_size_bytes", "All files of the data directory.", () => bytes)];
}
