/** Runs the works that were asked for and puts the report together. */
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine } from "./machine.ts";
import { measureWork, type WorkProfile, type WorkResult } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Breakdown, breakDown } from "./profile/breakdown.ts";
import type { CpuProfile } from "./profile/cpu-profile.ts";
import { goalsOf } from "./report/goals.ts";
import { linearityOf } from "./report/linearity.ts";
import { ratiosOf } from "./report/ratios.ts";
import type { Report } from "./report/report.ts";
import type { Resources } from "./resources.ts";
import { type MetricRow, measureScenario } from "./scenario/scenario.ts";
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
  const able = (name: string) => targets.filter((target) => target.supports(name));
  for (const work of options.works) {
    const measuring = { ...options, ...context, profileDirectory };
    results.push(await measureWork(work, able(work.name), measuring));
  }
  const metrics: MetricRow[] = [];
  for (const scenario of options.scenarios) {
    const measuring = { ...options, ...context };
    metrics.push(...(await measureScenario(scenario, able(scenario.name), measuring)));
  }
  const rows = results.flatMap((result) => result.rows);
  const profiles = results.flatMap((result) => result.profiles).map(analyse);
  return {
    startedAt,
    machine,
    runs: options.runs,
    warmUpMs: options.warmUpMs,
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
    metrics,
    goals: goalsOf(rows, metrics),
    profiles: await Promise.all(profiles),
    skipped: results.flatMap((result) => result.skipped),
    leftOut: leftOut(options, targets),
  };
}

/** What a target cannot do, or the little that it can, as lines. */
function leftOut(options: Options, targets: readonly Target[]): readonly string[] {
  const names = [...options.works, ...options.scenarios].map(({ name }) => name);
  return targets.flatMap((target) => {
    const without = names.filter((name) => !target.supports(name));
    if (without.length === 0) return [];
    if (without.length === names.length) return `${target.name} does none of these works`;
    if (without.length * 2 <= names.length) return `${target.name} cannot do ${without.join(", ")}`;
    const able = names.filter((name) => target.supports(name));
    return `${target.name} does only ${able.join(", ")}`;
  });
}

async function analyse(work: WorkProfile): Promise<WorkProfile & Breakdown> {
  const profile = JSON.parse(await readFile(work.file, "utf8")) as CpuProfile;
  return { ...work, ...breakDown(profile, work, PROFILED_FILES_MAX) };
}
