/** Runs the works that were asked for and puts the report together. */
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine } from "./machine.ts";
import { measureWork, type WorkProfile, type WorkResult } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Breakdown, breakDown } from "./profile/breakdown.ts";
import type { CpuProfile } from "./profile/cpu-profile.ts";
import { linearityOf } from "./report/linearity.ts";
import { ratiosOf } from "./report/ratios.ts";
import type { Report } from "./report/report.ts";
import type { Resources } from "./resources.ts";
import type { Target } from "./target/target.ts";

const PROFILED_FILES_MAX = 25;

export interface BenchmarkContext {
  /** Each is compared with those after it. */
  readonly targets: readonly Target[];
  readonly resources: Resources;
  readonly progress: (line: string) => void;
}

export async function runBenchmark(options: Options, context: BenchmarkContext): Promise<Report> {
  const { targets } = context;
  const startedAt = new Date().toISOString();
  const machine = describeMachine(options.directory);
  const profileDirectory = options.profile
    ? await mkdtemp(join(options.directory, "rejoin-profiles-"))
    : undefined;
  const results: WorkResult[] = [];
  for (const work of options.works) {
    results.push(await measureWork(work, targets, { ...options, ...context, profileDirectory }));
  }
  const rows = results.flatMap((result) => result.rows);
  const profiles = results.flatMap((result) => result.profiles).map(analyse);
  return {
    startedAt,
    machine,
    runs: options.runs,
    targets: Object.fromEntries(targets.map(({ name, facts }) => [name, facts])),
    rows,
    linearity: options.works.flatMap((work) =>
      targets.flatMap(({ name }) => linearityOf(work, name, rows)),
    ),
    totals: results.flatMap((result) => result.totals),
    ratios: ratiosOf(
      rows,
      targets.map(({ name }) => name),
    ),
    profiles: await Promise.all(profiles),
    skipped: results.flatMap((result) => result.skipped),
  };
}

async function analyse(work: WorkProfile): Promise<WorkProfile & Breakdown> {
  const profile = JSON.parse(await readFile(work.file, "utf8")) as CpuProfile;
  return { ...work, ...breakDown(profile, work, PROFILED_FILES_MAX) };
}
