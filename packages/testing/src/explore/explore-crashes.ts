/**
 * Crashes a run after every journal entry, and compares what comes of it with the run that nothing
 * happened to.
 *
 * Each run has an environment of its own, with the same ids and the same time. What handlers say
 * reaches the server one message at a time, when everything else is at rest: so entries become
 * durable one by one, and in the same order, up to the crash.
 */
import { SERVER_DEFAULTS } from "@rejoin/server/internal";
import type { TestEnvironment } from "../environment.ts";
import type { TestEnvironmentOptions } from "../options.ts";
import { Runtime } from "../runtime.ts";
import { realNow } from "../time/real.ts";
import { type Normalize, readAftermath, withNames } from "./aftermath.ts";
import { compareRuns } from "./compare-runs.ts";
import { type CrashKind, CrashProbe } from "./crash-points.ts";
import { type CrashDifference, CrashDifferenceError, CrashReport } from "./crash-report.ts";
import { Repetitions } from "./repetitions.ts";
import type { RunResult } from "./run-result.ts";

export interface CrashOptions<T> extends Omit<TestEnvironmentOptions, "storage"> {
  /**
   * What is done in each run, and what comes of it: calls of handlers, say. It is repeated for every
   * crash, so it must do the same each time, and leave nothing behind but what is in `env`.
   */
  readonly run: (env: TestEnvironment) => Promise<T>;
  /** What is lost; by default each of them, one after the other. */
  readonly crashes?: readonly CrashKind[];
  /**
   * Applied to the result, and to every value in states and journals, before they are compared: for
   * what may differ, such as times.
   */
  readonly normalize?: Normalize;
  /** At most so many crashes, spread over the entries; by default 1,000. */
  readonly runsMax?: number;
}

const ALL: readonly CrashKind[] = ["process-unacknowledged", "process", "attempt"];
const RUNS_MAX = 1000;
const SEED = 1;

/**
 * Runs `options.run` once for reference and once for each crash. Rejects with a
 * {@link CrashDifferenceError} if a crash makes a difference to the result, the states of objects,
 * or what handlers have done, and with the error of the first run if that fails.
 */
export async function crashAfterEveryEntry<T>(options: CrashOptions<T>): Promise<CrashReport> {
  const report = await exploreCrashes(options);
  if (report.differences.length > 0) throw new CrashDifferenceError(report);
  return report;
}

/** The same, but differences are in the report alone. */
export async function exploreCrashes<T>(options: CrashOptions<T>): Promise<CrashReport> {
  const environment = withFixedSurroundings(options);
  const reference = await runOnce(environment, new CrashProbe("process", 0), true);
  const { entryCount } = reference.probe;
  const crashes = plan(entryCount, options.crashes ?? ALL, options.runsMax ?? RUNS_MAX);
  const differences: CrashDifference[] = [];
  const repetitions = new Repetitions(reference);
  for (const { kind, afterEntry } of crashes.chosen) {
    const run = await runOnce(environment, new CrashProbe(kind, afterEntry), false);
    differences.push(...compareRuns(reference, run));
    repetitions.add(run);
  }
  return new CrashReport({
    entryCount,
    runCount: crashes.chosen.length,
    skippedCount: crashes.skippedCount,
    differences,
    repeatedClosures: repetitions.closures,
  });
}

interface PlannedCrash {
  readonly kind: CrashKind;
  readonly afterEntry: number;
}

/** Every entry, or as many of them as there may be runs. */
function plan(entryCount: number, kinds: readonly CrashKind[], runsMax: number) {
  const all: PlannedCrash[] = [];
  for (let afterEntry = 1; afterEntry <= entryCount; afterEntry++) {
    for (const kind of kinds) all.push({ kind, afterEntry });
  }
  const every = Math.max(1, all.length / Math.max(1, runsMax));
  const chosen = all.filter((_one, i) => Math.floor(i / every) !== Math.floor((i - 1) / every));
  return { chosen, skippedCount: all.length - chosen.length };
}

/** The same ids and times in every run; and an attempt that is lost is tried again at once. */
function withFixedSurroundings<T>(options: CrashOptions<T>): CrashOptions<T> {
  const retryPolicy = { ...SERVER_DEFAULTS.retryPolicy, initialIntervalMs: 1 };
  return {
    seed: SEED,
    startTime: realNow(),
    ...options,
    defaults: { retryPolicy, ...options.defaults },
  };
}

async function runOnce<T>(
  options: CrashOptions<T>,
  probe: CrashProbe,
  isReference: boolean,
): Promise<RunResult> {
  const { run, normalize = (value) => value } = options;
  // What is logged once need not be logged for every crash.
  const logger = isReference ? undefined : () => undefined;
  const runtime = await Runtime.start({ ...(logger && { logger }), ...options }, probe);
  probe.attachTo(runtime);
  try {
    const settled = await settle(() => run(runtime), isReference);
    await runtime.runUntilIdle();
    if (probe.failure !== undefined) throw probe.failure;
    const aftermath = await readAftermath(runtime, normalize);
    const names = new Map([...aftermath.invocations].map(([name, { id }]) => [id, name]));
    const outcome =
      "error" in settled ? `the error ${settled.error}` : textOf(normalize(settled.value));
    const mismatches = runtime.takeMismatches().map(({ message }) => message);
    return { outcome: withNames(outcome, names), aftermath, mismatches, probe };
  } finally {
    await runtime.close();
  }
}

async function settle<T>(
  run: () => Promise<T>,
  isReference: boolean,
): Promise<{ readonly value: T } | { readonly error: string }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (isReference) throw error;
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
