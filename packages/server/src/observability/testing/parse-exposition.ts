/**
 * A strict reader of the text format of Prometheus: it throws for what a scraper would refuse, and
 * for what it would take but misunderstand.
 */

export interface ParsedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\n|\\")*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

interface Open {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

/** The metrics of a text, by name. */
export function parseExposition(text: string): ReadonlyMap<string, ParsedMetric> {
  if (!text.endsWith("\n")) throw new Error("the text does not end with a newline");
  const metrics = new Map<string, Open>();
  let help: { name: string; text: string } | undefined;
  let current: Open | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split("\n")) {
    // The format says that empty lines are ignored.
    if (line === "") continue;
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (help !== undefined) throw new Error(`${help.name} has help and no type`);
      help = { name, text: rest };
    } else if (keyword === "TYPE") {
      if (help?.name !== name) throw new Error(`${name} has no help`);
      if (!NAME.test(name) || metrics.has(name)) throw new Error(`bad or repeated name ${name}`);
      if (SUFFIXES[rest] === undefined) throw new Error(`${name} is of no type: ${rest}`);
      current = { name, type: rest, help: help.text, samples: [] };
      metrics.set(name, current);
      help = undefined;
    } else {
      const sample = parseSample(line);
      if (current === undefined) throw new Error(`a sample of nothing: ${line}`);
      assertBelongs(sample, current);
      const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (seen.has(id)) throw new Error(`the same sample twice: ${line}`);
      seen.add(id);
      current.samples.push(sample);
    }
  }
  for (const metric of metrics.values()) assertBuckets(metric);
  return metrics;
}

function parseSample(line: string): ParsedSample {
  const [, name = "", inner, number = ""] = SAMPLE.exec(line) ?? [];
  if (name === "" || !NUMBER.test(number)) throw new Error(`no sample: ${line}`);
  const value = Number(number.replace("Inf", "Infinity"));
  return { name, labels: inner === undefined ? {} : parseLabels(inner, line), value };
}

function parseLabels(inner: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const [, name = "", value = ""] = LABEL.exec(inner) ?? [];
    if (name === "" || name in labels) throw new Error(`bad labels: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
  }
  return labels;
}

function assertBelongs({ name, labels, value }: ParsedSample, { name: metric, type }: Open): void {
  const suffix = name.startsWith(metric) ? name.slice(metric.length) : undefined;
  if (suffix === undefined || SUFFIXES[type]?.includes(suffix) !== true) {
    throw new Error(`${name} is no sample of the ${type} ${metric}`);
  }
  if ((suffix === "_bucket") !== "le" in labels)
    throw new Error(`${name} and le do not go together`);
  if (type !== "gauge" && !(value >= 0)) throw new Error(`${name} is ${value}`);
}

/** Buckets ascend, accumulate, and end in the count. */
function assertBuckets({ name, type, samples }: Open): void {
  if (type !== "histogram") return;
  const series = new Map<string, { bounds: number[]; counts: number[] }>();
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const { le = "", ...labels } = sample.labels;
    const id = JSON.stringify(labels);
    const own = series.get(id) ?? { bounds: [], counts: [] };
    series.set(id, own);
    own.bounds.push(Number(le.replace("Inf", "Infinity")));
    own.counts.push(sample.value);
  }
  for (const [labels, { bounds, counts }] of series) {
    const count = samples.find(
      (one) => one.name === `${name}_count` && JSON.stringify(one.labels) === labels,
    );
    const ascends = (values: number[]) =>
      values.every((v, i) => i === 0 || v >= (values[i - 1] ?? 0));
    if (!ascends(bounds) || !ascends(counts) || bounds.at(-1) !== Number.POSITIVE_INFINITY) {
      throw new Error(`the buckets of ${name}${labels} do not accumulate`);
    }
    if (count?.value !== counts.at(-1)) throw new Error(`the count of ${name}${labels} is another`);
  }
}
