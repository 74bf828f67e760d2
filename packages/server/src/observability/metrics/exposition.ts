/**
 * The text in which Prometheus reads metrics: made by `prom-client` of what its registry collects, which
 * here is read from plain numbers when somebody asks. On the path of an invocation nothing of it runs.
 *
 * A histogram has the samples `name_bucket{le="bound"}`, which accumulate, `name_sum` and `name_count`.
 */
import type { Metric as CollectedMetric } from "prom-client";
import type { Histogram } from "./instruments.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Behind the name of the metric, such as `_sum`. */
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** A name, and what it says just now. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  samples(): Iterable<Sample>;
}

/** All samples of `metrics`, which have different names. */
export async function renderMetrics(metrics: Iterable<Metric>): Promise<string> {
  // A server that nobody asks for its metrics does not load it.
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(collected(metric));
  return registry.metrics();
}

/** A metric as the registry asks for it: it wants a name, and an answer to `get`. */
function collected(metric: Metric): CollectedMetric {
  const { name, help, type } = metric;
  const get = () => {
    const values = Array.from(metric.samples(), ({ suffix = "", labels = {}, value }) => ({
      metricName: `${name}${suffix}`,
      labels,
      value,
    }));
    return Promise.resolve({ name, help, type, values, aggregator: "sum" });
  };
  return { name, get } as unknown as CollectedMetric;
}

/** What the samples of a metric are made of, when the text is made. */
export type Read = () => number | Iterable<Sample>;

export function counter(name: string, help: string, read: Read): Metric {
  return { name, help, type: "counter", samples: () => toSamples(read()) };
}

export function gauge(name: string, help: string, read: Read): Metric {
  return { name, help, type: "gauge", samples: () => toSamples(read()) };
}

/** Of the samples that {@link bucketsOf} makes. */
export function histogram(name: string, help: string, read: () => Iterable<Sample>): Metric {
  return { name, help, type: "histogram", samples: read };
}

/** Of the samples that {@link totalsOf} makes: without quantiles. */
export function summary(name: string, help: string, read: () => Iterable<Sample>): Metric {
  return { name, help, type: "summary", samples: read };
}

export function* bucketsOf({ bounds, counts, sum }: Histogram, labels: Labels): Generator<Sample> {
  let total = 0;
  for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    total += counts[i] ?? 0;
    yield { suffix: "_bucket", labels: { ...labels, le: renderBound(bound) }, value: total };
  }
  yield { suffix: "_sum", labels, value: sum };
  yield { suffix: "_count", labels, value: total };
}

export function* totalsOf({ sum, count }: Histogram, labels: Labels): Generator<Sample> {
  yield { suffix: "_sum", labels, value: sum };
  yield { suffix: "_count", labels, value: count };
}

function toSamples(read: number | Iterable<Sample>): Iterable<Sample> {
  return typeof read === "number" ? [{ value: read }] : read;
}

function renderBound(bound: number): string {
  return bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
}
