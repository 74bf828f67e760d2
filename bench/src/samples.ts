/** What the runs of a work gave, and what is made of them. */
import { median, medianOfKnown, percentile, sumOfKnown } from "./stats.ts";
import type { Counters, ProcessUsage, Usage } from "./target/target.ts";
import type { Timing } from "./work/load.ts";
import type { Work } from "./work/works.ts";

/** One run. Times are of the client; CPU is of the target's processes. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuUs: number | undefined;
  readonly processes: readonly ProcessSample[];
  readonly counters: Counters | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface ProcessSample {
  readonly name: string;
  readonly cpuUs: number | undefined;
  readonly mainThreadCpuUs: number | undefined;
}

/** A size of a work on a target: medians of its runs. */
export interface Row {
  readonly target: string;
  readonly work: string;
  readonly unit: string;
  readonly size: number;
  readonly perSecond: number;
  readonly wallUs: number;
  /** Per unit, like that of a process. */
  readonly cpuUs: number | undefined;
  readonly processes: readonly ProcessRow[];
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly commitsPerSecond: number | undefined;
  readonly recordsPerCommit: number | undefined;
  readonly writesPerCommit: number | undefined;
  readonly fetches: number | undefined;
  /** The largest resident sets up to the end of the first run of this size, added up. */
  readonly rssPeakBytes: number | undefined;
  readonly samples: readonly Sample[];
}

export interface ProcessRow {
  readonly name: string;
  readonly cpuUs: number | undefined;
  readonly rssPeakBytes: number | undefined;
}

export interface RowOptions {
  readonly target: string;
  readonly work: Work;
  readonly size: number;
  /** After the first run of the size. */
  readonly peak: Usage | undefined;
}

export function toSample({ wallMs, latenciesMs }: Timing, before: Usage, after: Usage): Sample {
  const many = latenciesMs.length > 0;
  const processes = after.processes.map((own, i) => processBetween(before.processes[i], own));
  return {
    wallMs,
    cpuUs: sumOfKnown(processes.map(({ cpuUs }) => cpuUs)),
    processes,
    counters: countersBetween(before.counters, after.counters),
    p50Ms: many ? percentile(latenciesMs, 0.5) : undefined,
    p99Ms: many ? percentile(latenciesMs, 0.99) : undefined,
  };
}

function processBetween(before: ProcessUsage | undefined, after: ProcessUsage): ProcessSample {
  return {
    name: after.name,
    cpuUs: minus(after.cpuUs, before?.cpuUs),
    mainThreadCpuUs: minus(after.mainThreadCpuUs, before?.mainThreadCpuUs),
  };
}

export function toRow(options: RowOptions, samples: readonly Sample[]): Row {
  const { target, work, size, peak } = options;
  return {
    target,
    work: work.name,
    unit: work.unit,
    size,
    ...toMedians(size, samples),
    processes: toProcessRows(size, samples, peak),
    rssPeakBytes: rssPeakBytesOf(peak),
    samples,
  };
}

/** Of all processes together. */
export function rssPeakBytesOf(usage: Usage | undefined): number | undefined {
  return usage && sumOfKnown(usage.processes.map(({ rssPeakBytes }) => rssPeakBytes));
}

function toProcessRows(
  size: number,
  samples: readonly Sample[],
  peak: Usage | undefined,
): readonly ProcessRow[] {
  const names = samples[0]?.processes.map(({ name }) => name) ?? [];
  return names.map((name, i) => ({
    name,
    cpuUs: perUnit(medianOfKnown(samples.map((sample) => sample.processes[i]?.cpuUs)), size),
    rssPeakBytes: peak?.processes[i]?.rssPeakBytes,
  }));
}

function countersBetween(
  before: Counters | undefined,
  after: Counters | undefined,
): Counters | undefined {
  if (before === undefined || after === undefined) return undefined;
  return {
    commits: after.commits - before.commits,
    records: after.records - before.records,
    writes: after.writes - before.writes,
    fetches: after.fetches - before.fetches,
  };
}

function toMedians(size: number, samples: readonly Sample[]) {
  const wallMs = median(samples.map((sample) => sample.wallMs));
  const ofCounters = (pick: (counters: Counters, sample: Sample) => number) =>
    medianOfKnown(samples.map((s) => (s.counters === undefined ? undefined : pick(s.counters, s))));
  return {
    perSecond: (size / wallMs) * 1000,
    wallUs: (wallMs * 1000) / size,
    cpuUs: perUnit(medianOfKnown(samples.map((sample) => sample.cpuUs)), size),
    p50Ms: medianOfKnown(samples.map((sample) => sample.p50Ms)),
    p99Ms: medianOfKnown(samples.map((sample) => sample.p99Ms)),
    commitsPerSecond: ofCounters(({ commits }, sample) => (commits / sample.wallMs) * 1000),
    recordsPerCommit: ofCounters(({ records, commits }) => records / Math.max(1, commits)),
    writesPerCommit: ofCounters(({ writes, commits }) => writes / Math.max(1, commits)),
    fetches: ofCounters(({ fetches }) => fetches),
  };
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

function perUnit(total: number | undefined, units: number): number | undefined {
  return total === undefined ? undefined : total / units;
}
