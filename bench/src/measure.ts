/**
 * Measures a work on one or more targets.
 *
 * Every size is run once on every target before anything is measured, so that no figure contains
 * the start of a process. Then come several rounds, each with one run of every size on every target,
 * so that what else happens on the machine meets all of them.
 */
import type { Resources } from "./resources.ts";
import { median, medianOfKnown, percentile } from "./stats.ts";
import type { Counters, Session, Target, Usage } from "./target/target.ts";
import { OverLimitError, runLoad } from "./work/load.ts";
import type { Work } from "./work/works.ts";

export interface MeasureOptions {
  readonly resources: Resources;
  readonly directory: string;
  readonly runs: number;
  readonly limitMs: number;
  /** Where a profile of the largest size goes, recorded in runs that do not count. */
  readonly profileFile: string | undefined;
  readonly progress: (line: string) => void;
}

/** One run. Times are of the client; CPU is of the target's processes. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuUs: number | undefined;
  readonly mainThreadCpuUs: number | undefined;
  readonly counters: Counters | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

/** A size of a work on a target: medians of its runs. */
export interface Row {
  readonly target: string;
  readonly work: string;
  readonly unit: string;
  readonly size: number;
  readonly perSecond: number;
  readonly wallUs: number;
  readonly cpuUs: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly commitsPerSecond: number | undefined;
  readonly recordsPerCommit: number | undefined;
  readonly writesPerCommit: number | undefined;
  readonly fetches: number | undefined;
  /** The largest resident set up to the end of the first run of this size. */
  readonly rssPeakBytes: number | undefined;
  readonly samples: readonly Sample[];
}

/** A work on a target, as a whole. */
export interface Total {
  readonly target: string;
  readonly work: string;
  readonly unit: string;
  readonly units: number;
  readonly rssPeakBytes: number | undefined;
  readonly dataBytesPerUnit: number;
}

export interface WorkProfile {
  readonly work: string;
  readonly unit: string;
  readonly file: string;
  readonly units: number;
  readonly cpuUs: number;
  readonly mainThreadCpuUs: number | undefined;
}

export interface WorkResult {
  readonly rows: readonly Row[];
  readonly totals: readonly Total[];
  /** Sizes that were given up, and why. */
  readonly skipped: readonly string[];
  readonly profile: WorkProfile | undefined;
}

export async function measureWork(
  work: Work,
  targets: readonly Target[],
  options: MeasureOptions,
): Promise<WorkResult> {
  const runs = targets.map((target) => new TargetRun(work, target, options));
  for (const run of runs) await run.warmUp();
  for (let i = 0; i < options.runs; i++) {
    for (const size of work.sizes) for (const run of runs) await run.measure(size);
  }
  let profile: WorkProfile | undefined;
  for (const run of runs) profile ??= await run.profile();
  const totals: Total[] = [];
  for (const run of runs) totals.push(await run.close());
  return {
    rows: work.sizes.flatMap((size) => runs.flatMap((run) => run.row(size) ?? [])),
    totals,
    skipped: runs.flatMap((run) => run.skipped),
    profile,
  };
}

/** A work on one target, from the first run to the last. */
class TargetRun {
  readonly skipped: string[] = [];
  readonly #work: Work;
  readonly #target: Target;
  readonly #options: MeasureOptions;
  readonly #samples = new Map<number, Sample[]>();
  readonly #rssPeaks = new Map<number, number | undefined>();
  /** Those that are not given up. */
  #sizes: readonly number[];
  #session: Session | undefined;
  #rssPeakBytes: number | undefined;
  #units = 0;
  #total: Total | undefined;

  constructor(work: Work, target: Target, options: MeasureOptions) {
    this.#work = work;
    this.#target = target;
    this.#options = options;
    this.#sizes = work.sizes;
  }

  /** Opens a session and runs each size once. */
  async warmUp(): Promise<void> {
    this.#session = await this.#target.open(this.#options);
    this.#units = 0;
    for (const size of this.#sizes) {
      if ((await this.#run(size)) === undefined) return this.#giveUp(size);
      if (!this.#rssPeaks.has(size)) this.#rssPeaks.set(size, this.#rssPeakBytes);
    }
  }

  async measure(size: number): Promise<void> {
    if (!this.#sizes.includes(size)) return;
    const sample = await this.#run(size);
    if (sample === undefined) return this.#giveUp(size);
    this.#samples.set(size, [...(this.#samples.get(size) ?? []), sample]);
  }

  /** Goes on with the sizes below one that took too long, on a new session. */
  async #giveUp(size: number): Promise<void> {
    this.#sizes = this.#sizes.filter((other) => other < size);
    if (this.#sizes.length > 0) await this.warmUp();
  }

  /** Runs the largest size again under the profiler, if that was asked for and can be done. */
  async profile(): Promise<WorkProfile | undefined> {
    const { profileFile: file, runs } = this.#options;
    const profiler = this.#session?.profiler;
    const size = this.#sizes.at(-1);
    if (profiler === undefined || file === undefined || size === undefined) return undefined;
    const samples: (Sample | undefined)[] = [];
    await profiler.start();
    for (let i = 0; i < runs; i++) samples.push(await this.#run(size));
    if (samples.includes(undefined)) return undefined;
    await profiler.stop(file);
    return {
      work: this.#work.name,
      unit: this.#work.unit,
      file,
      units: size * samples.length,
      cpuUs: sum(samples.map((sample) => sample?.cpuUs)) ?? 0,
      mainThreadCpuUs: sum(samples.map((sample) => sample?.mainThreadCpuUs)),
    };
  }

  /** `undefined` if the size was not measured. */
  row(size: number): Row | undefined {
    const samples = this.#samples.get(size);
    if (samples === undefined) return undefined;
    const { name: work, unit } = this.#work;
    const rssPeakBytes = this.#rssPeaks.get(size);
    return {
      target: this.#target.name,
      work,
      unit,
      size,
      rssPeakBytes,
      ...toMedians(size, samples),
    };
  }

  async close(): Promise<Total> {
    if (this.#session !== undefined) await this.#end(this.#session);
    if (this.#total === undefined) throw new Error("the session has no end");
    return this.#total;
  }

  /** `undefined` once a run has taken too long: it still goes on, so the session is over. */
  async #run(size: number): Promise<Sample | undefined> {
    const session = this.#session;
    if (session === undefined) return undefined;
    const { limitMs, progress } = this.#options;
    const before = await session.usage();
    try {
      const timing = await runLoad(this.#work, size, session.ingressUrl, limitMs);
      const after = await session.usage();
      this.#units += size;
      this.#rssPeakBytes = after.rssPeakBytes;
      progress(`${this.#work.name} ${size} ${this.#target.name}: ${timing.wallMs.toFixed(0)} ms`);
      return toSample(timing, before, after);
    } catch (error) {
      if (!(error instanceof OverLimitError)) throw error;
      const line = `${this.#target.name}: ${error.message}`;
      this.skipped.push(line);
      progress(line);
      await this.#end(session);
      return undefined;
    }
  }

  async #end(session: Session): Promise<void> {
    this.#session = undefined;
    const { dataBytes } = await session.close();
    this.#total = {
      target: this.#target.name,
      work: this.#work.name,
      unit: this.#work.unit,
      units: this.#units,
      rssPeakBytes: this.#rssPeakBytes,
      dataBytesPerUnit: dataBytes / Math.max(1, this.#units),
    };
  }
}

function toSample(
  { wallMs, latenciesMs }: { readonly wallMs: number; readonly latenciesMs: readonly number[] },
  before: Usage,
  after: Usage,
): Sample {
  const many = latenciesMs.length > 0;
  return {
    wallMs,
    cpuUs: minus(after.cpuUs, before.cpuUs),
    mainThreadCpuUs: minus(after.mainThreadCpuUs, before.mainThreadCpuUs),
    counters: countersBetween(before.counters, after.counters),
    p50Ms: many ? percentile(latenciesMs, 0.5) : undefined,
    p99Ms: many ? percentile(latenciesMs, 0.99) : undefined,
  };
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
  const cpuUs = medianOfKnown(samples.map((sample) => sample.cpuUs));
  const ofCounters = (pick: (counters: Counters, sample: Sample) => number) =>
    medianOfKnown(samples.map((s) => (s.counters === undefined ? undefined : pick(s.counters, s))));
  return {
    perSecond: (size / wallMs) * 1000,
    wallUs: (wallMs * 1000) / size,
    cpuUs: cpuUs === undefined ? undefined : cpuUs / size,
    p50Ms: medianOfKnown(samples.map((sample) => sample.p50Ms)),
    p99Ms: medianOfKnown(samples.map((sample) => sample.p99Ms)),
    commitsPerSecond: ofCounters(({ commits }, sample) => (commits / sample.wallMs) * 1000),
    recordsPerCommit: ofCounters(({ records, commits }) => records / Math.max(1, commits)),
    writesPerCommit: ofCounters(({ writes, commits }) => writes / Math.max(1, commits)),
    fetches: ofCounters(({ fetches }) => fetches),
    samples,
  };
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

/** `undefined` unless all are known. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}
