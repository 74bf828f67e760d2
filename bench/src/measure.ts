/**
 * Measures a work on one or more targets.
 *
 * Every size is run on every target for a while before anything is measured, so that no figure
 * contains the start of a process, nor code that has not been compiled yet. Then come several rounds,
 * each with a turn of every size on every target, so that what else happens on the machine meets all
 * of them. A turn is one run, or as many as fit its time.
 */
import { join } from "node:path";
import type { Resources } from "./resources.ts";
import { type Row, rssPeakBytesOf, type Sample, toRow, toSample } from "./samples.ts";
import { untilQuiet } from "./scenario/quiet.ts";
import { sumOfKnown } from "./stats.ts";
import type { Session, Target, Usage } from "./target/target.ts";
import { OverLimitError, runLoad } from "./work/load.ts";
import type { Work } from "./work/works.ts";

export interface MeasureOptions {
  readonly resources: Resources;
  readonly directory: string;
  readonly runs: number;
  /** How long a size is run before it is measured, once at least. */
  readonly warmUpMs: number;
  /** A size that takes less is run several times in a turn. */
  readonly turnMs: number;
  readonly limitMs: number;
  /** How long the other targets may go on working before one takes its turn; 0: it does not wait. */
  readonly settleMs: number;
  /** Where profiles of the largest size go, recorded in runs that do not count. */
  readonly profileDirectory: string | undefined;
  readonly progress: (line: string) => void;
}

const QUIET_WINDOW_MS = 100;
const TURN_RUNS_MAX = 20;
/** However short they are. */
const WARM_UP_RUNS_MAX = 100;

/** A work on a target, as a whole. */
export interface Total {
  readonly target: string;
  readonly work: string;
  readonly unit: string;
  readonly units: number;
  readonly rssPeakBytes: number | undefined;
  readonly dataBytesPerUnit: number;
}

/** Of one process. */
export interface WorkProfile {
  readonly work: string;
  readonly target: string;
  readonly process: string;
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
  readonly profiles: readonly WorkProfile[];
}

export async function measureWork(
  work: Work,
  targets: readonly Target[],
  options: MeasureOptions,
): Promise<WorkResult> {
  const runs = targets.map((target) => new TargetRun(work, target, options));
  for (const run of runs) await run.warmUp();
  for (let i = 0; i < options.runs; i++) {
    for (const size of work.sizes) {
      for (const run of runs) {
        await settle(runs, run, options);
        await run.measure(size);
      }
    }
  }
  const profiles: WorkProfile[] = [];
  for (const run of runs) profiles.push(...(await run.profile()));
  const totals: Total[] = [];
  for (const run of runs) totals.push(await run.close());
  return {
    rows: work.sizes.flatMap((size) => runs.flatMap((run) => run.row(size) ?? [])),
    totals,
    skipped: runs.flatMap((run) => run.skipped),
    profiles,
  };
}

/** Until the others have done what their last turn left behind: it is no cost of this one. */
async function settle(
  runs: readonly TargetRun[],
  next: TargetRun,
  { settleMs }: MeasureOptions,
): Promise<void> {
  const quiet = { windowMs: QUIET_WINDOW_MS, limitMs: settleMs };
  for (const run of runs) if (run !== next && run.session) await untilQuiet(run.session, quiet);
}

/** A work on one target, from the first run to the last. */
class TargetRun {
  readonly skipped: string[] = [];
  readonly #work: Work;
  readonly #target: Target;
  readonly #options: MeasureOptions;
  readonly #samples = new Map<number, Sample[]>();
  readonly #peaks = new Map<number, Usage | undefined>();
  /** Those that are not given up. */
  #sizes: readonly number[];
  #session: Session | undefined;
  #usage: Usage | undefined;
  #units = 0;
  #total: Total | undefined;

  constructor(work: Work, target: Target, options: MeasureOptions) {
    this.#work = work;
    this.#target = target;
    this.#options = options;
    this.#sizes = work.sizes;
  }

  /** `undefined` once the work is over, or given up at every size. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Opens a session and runs each size for a while. */
  async warmUp(): Promise<void> {
    this.#session = await this.#target.open(this.#options);
    this.#units = 0;
    for (const size of this.#sizes) {
      const limits = { timeMs: this.#options.warmUpMs, runsMax: WARM_UP_RUNS_MAX };
      if ((await this.#runFor(size, limits)) === undefined) return this.#giveUp(size);
      if (!this.#peaks.has(size)) this.#peaks.set(size, this.#usage);
    }
  }

  async measure(size: number): Promise<void> {
    if (!this.#sizes.includes(size)) return;
    const samples = await this.#runFor(size, {
      timeMs: this.#options.turnMs,
      runsMax: TURN_RUNS_MAX,
    });
    if (samples === undefined) return this.#giveUp(size);
    this.#samples.set(size, [...(this.#samples.get(size) ?? []), ...samples]);
  }

  /** Once at least; `undefined` once a run has taken too long. */
  async #runFor(
    size: number,
    { timeMs, runsMax }: { readonly timeMs: number; readonly runsMax: number },
  ): Promise<readonly Sample[] | undefined> {
    const samples: Sample[] = [];
    const endsAt = performance.now() + timeMs;
    do {
      const sample = await this.#run(size);
      if (sample === undefined) return undefined;
      samples.push(sample);
    } while (performance.now() < endsAt && samples.length < runsMax);
    return samples;
  }

  /** Goes on with the sizes below one that took too long, on a new session. */
  async #giveUp(size: number): Promise<void> {
    this.#sizes = this.#sizes.filter((other) => other < size);
    if (this.#sizes.length > 0) await this.warmUp();
  }

  /** Runs the largest size for some turns under the profiler, if that was asked for and can be done. */
  async profile(): Promise<readonly WorkProfile[]> {
    const { profileDirectory: directory, runs, turnMs } = this.#options;
    const profilers = this.#session?.profilers ?? [];
    const size = this.#sizes.at(-1);
    if (profilers.length === 0 || directory === undefined || size === undefined) return [];
    for (const profiler of profilers) await profiler.start();
    const limits = { timeMs: turnMs * runs, runsMax: TURN_RUNS_MAX * runs };
    const samples = await this.#runFor(size, limits);
    if (samples === undefined) return [];
    const profiles: WorkProfile[] = [];
    for (const profiler of profilers) {
      const profile = this.#profileOf(profiler.process, size, samples, directory);
      await profiler.stop(profile.file);
      profiles.push(profile);
    }
    return profiles;
  }

  #profileOf(
    process: string,
    size: number,
    samples: readonly Sample[],
    directory: string,
  ): WorkProfile {
    const { name: work, unit } = this.#work;
    const target = this.#target.name;
    const name = `${work}-${target}-${process}.cpuprofile`.replace(/[: ]/g, "-");
    const own = samples.map((sample) => sample.processes.find((other) => other.name === process));
    return {
      work,
      target,
      process,
      unit,
      file: join(directory, name),
      units: size * samples.length,
      cpuUs: sumOfKnown(own.map((sample) => sample?.cpuUs)) ?? 0,
      mainThreadCpuUs: sumOfKnown(own.map((sample) => sample?.mainThreadCpuUs)),
    };
  }

  /** `undefined` if the size was not measured. */
  row(size: number): Row | undefined {
    const samples = this.#samples.get(size);
    if (samples === undefined) return undefined;
    const peak = this.#peaks.get(size);
    return toRow({ target: this.#target.name, work: this.#work, size, peak }, samples);
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
      const load = runLoad(this.#work, size, session.ingressUrl, limitMs);
      const timing = await Promise.race([load, session.failed]);
      const after = await session.usage();
      this.#units += size;
      this.#usage = after;
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
      rssPeakBytes: rssPeakBytesOf(this.#usage),
      dataBytesPerUnit: dataBytes / Math.max(1, this.#units),
    };
  }
}
