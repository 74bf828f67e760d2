/** What is measured of a target by itself, where there are no units to divide by. */
import { formatFigure } from "../report/table.ts";
import { median } from "../stats.ts";
import type { Session, Target, TargetContext } from "../target/target.ts";

export const SCENARIO_NAMES = ["cold-start", "idle", "sleeping", "soak"] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

export interface Scenario {
  readonly name: ScenarioName;
  /** As often as a work; otherwise once, for it takes its time. */
  readonly repeated: boolean;
  measure(target: Target, context: ScenarioContext): Promise<readonly Metric[]>;
}

export interface ScenarioContext extends TargetContext {
  readonly limitMs: number;
  readonly progress: (line: string) => void;
}

/** `undefined`: not known, or not on this system. */
export interface Metric {
  readonly metric: string;
  readonly unit: Unit;
  readonly value: number | undefined;
}

export type Unit = "ms" | "MiB" | "%" | "per second" | "ratio";

export interface MetricRow extends Metric {
  readonly scenario: string;
  readonly target: string;
  /** Of each run; `value` is their median. */
  readonly samples: readonly (number | undefined)[];
}

export const MIB = 2 ** 20;

/** The targets take turns. */
export async function measureScenario(
  scenario: Scenario,
  targets: readonly Target[],
  context: ScenarioContext & { readonly runs: number },
): Promise<readonly MetricRow[]> {
  const runs = scenario.repeated ? context.runs : 1;
  const measured = new Map<Target, (readonly Metric[])[]>(targets.map((target) => [target, []]));
  for (let i = 0; i < runs; i++) {
    for (const target of targets) {
      const metrics = await scenario.measure(target, context);
      measured.get(target)?.push(metrics);
      const figures = metrics.map(
        ({ metric, value, unit }) => `${metric} ${formatFigure(value)} ${unit}`,
      );
      context.progress(`${scenario.name} ${target.name}: ${figures.join(", ")}`);
    }
  }
  return targets.flatMap((target) => toRows(scenario, target, measured.get(target) ?? []));
}

function toRows(
  scenario: Scenario,
  target: Target,
  runs: readonly (readonly Metric[])[],
): readonly MetricRow[] {
  return (runs[0] ?? []).map(({ metric, unit }, index) => {
    const samples = runs.map((run) => run[index]?.value);
    const known = samples.filter((value) => value !== undefined);
    const value = known.length === 0 ? undefined : median(known);
    return { scenario: scenario.name, target: target.name, metric, unit, value, samples };
  });
}

/** Opens a target, and closes it whatever happens. */
export async function withSession<T>(
  target: Target,
  context: TargetContext,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await target.open(context);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
