/**
 * What the figures have to be. A goal is judged by a run that measured both of its sides; of the
 * others nothing is said.
 */
import type { Row } from "../samples.ts";
import type { MetricRow } from "../scenario/scenario.ts";
import { formatFigure, formatTable } from "./table.ts";

export interface GoalResult {
  readonly goal: string;
  readonly value: number;
  readonly bound: number;
  readonly kind: "at least" | "at most";
  readonly met: boolean;
}

interface Goal {
  readonly goal: string;
  readonly kind: GoalResult["kind"];
  readonly bound: number;
  readonly value: (figures: Figures) => number | undefined;
}

/** What was measured, by name. */
class Figures {
  readonly #rows: readonly Row[];
  readonly #metrics: readonly MetricRow[];

  constructor(rows: readonly Row[], metrics: readonly MetricRow[]) {
    this.#rows = rows;
    this.#metrics = metrics;
  }

  /** Of the only size, unless one is given. */
  row(target: string, { work, size }: Place): Row | undefined {
    const own = this.#rows.filter((row) => row.target === target && row.work === work);
    return size === undefined ? own[0] : own.find((row) => row.size === size);
  }

  metric(target: string, scenario: string, metric: string): number | undefined {
    return this.#metrics.find(
      (row) => row.target === target && row.scenario === scenario && row.metric === metric,
    )?.value;
  }
}

interface Place {
  readonly work: string;
  readonly size?: number;
}

const EMPTY_1000: Place = { work: "fanout:empty", size: 1000 };
const EMPTY_20000: Place = { work: "fanout:empty", size: 20_000 };
const EMPTY_100000: Place = { work: "fanout:empty", size: 100_000 };
const ECHO_64: Place = { work: "echo:64" };
const ECHO_1: Place = { work: "echo:1" };
const SEQUENTIAL: Place = { work: "sequential-runs" };
const HOT_KEY: Place = { work: "object:one-key" };
const COMMITS: Place = { work: "commits:one-by-one" };
const MIB_PER_GB = 1e9 / 2 ** 20;
const OURS = ["rejoin", "rejoin-http2"] as const;

const GOALS: readonly Goal[] = [
  rate("rejoin", "restate", EMPTY_1000, 20),
  rate("rejoin", "restate", EMPTY_20000, 100),
  rate("rejoin", "bullmq", EMPTY_20000, 6),
  rate("rejoin", "dbos", EMPTY_1000, 100),
  rate("rejoin-http2", "restate", EMPTY_1000, 5),
  rate("rejoin", "restate", ECHO_64, 8),
  latency("rejoin", "restate", ECHO_1, 1 / 4),
  rate("rejoin-restate-sdk", "restate", ECHO_64, 1.5),
  rate("rejoin-restate-sdk", "restate", EMPTY_1000, 1.5),
  time("rejoin", SEQUENTIAL, "restate", SEQUENTIAL, 1 / 3),
  time("rejoin", SEQUENTIAL, "floor", COMMITS, 1.5),
  rate("rejoin", "restate", HOT_KEY, 7),
  {
    goal: `rejoin: rate of ${HOT_KEY.work} over that of bare commits`,
    kind: "at least",
    bound: 0.6,
    value: (figures) =>
      over(figures.row("rejoin", HOT_KEY)?.perSecond, figures.row("floor", COMMITS)?.perSecond),
  },
  time("rejoin", EMPTY_100000, "rejoin", EMPTY_1000, 1.3),
  {
    goal: "rejoin: peak memory of a fan-out of 100,000, in MiB",
    kind: "at most",
    bound: MIB_PER_GB,
    value: (figures) => over(figures.row("rejoin", EMPTY_100000)?.rssPeakBytes, 2 ** 20),
  },
  ...OURS.flatMap((ours) => [
    atLeast(ours, "soak", "the last minute's rate over the second's", 0.9),
    atMost(ours, "soak", "store off its size at minute 3", 20),
    atMost(ours, "soak", "p99 of commits, at most", 20),
    atMost(ours, "sleeping", "memory above idle", 150),
    atMost(ours, "sleeping", "memory above idle after a restart", 150),
    atMost(ours, "sleeping", "first answer after a restart", 2000),
    atMost(ours, "sleeping", "overdue timer after a restart", 2000),
    atMost(ours, "idle", "memory of server", 100),
    atMost(ours, "idle", "CPU of server", 0.5),
    atMost(ours, "cold-start", "first answer", 1000),
  ]),
];

/** In the order of the list. */
export function goalsOf(
  rows: readonly Row[],
  metrics: readonly MetricRow[],
): readonly GoalResult[] {
  const figures = new Figures(rows, metrics);
  return GOALS.flatMap(({ goal, kind, bound, value: of }) => {
    const value = of(figures);
    if (value === undefined || !Number.isFinite(value)) return [];
    const met = kind === "at least" ? value >= bound : value <= bound;
    return [{ goal, value, bound, kind, met }];
  });
}

/** An empty text if no goal was measured. */
export function formatGoals(goals: readonly GoalResult[]): string {
  if (goals.length === 0) return "";
  const cells = goals.map((result) => [
    result.goal,
    formatVerdict(result),
    formatFigure(result.value),
    `${result.kind} ${formatFigure(result.bound)}`,
  ]);
  return formatTable(["goal", "verdict", "measured", "bound"], cells, 2);
}

export function formatVerdict({ met, value, bound }: GoalResult): string {
  if (met) return "met";
  return `missed by ${Math.max(1, Math.round(Math.abs(value / bound - 1) * 100))} %`;
}

function rate(ours: string, peer: string, place: Place, bound: number): Goal {
  return {
    goal: `${ours}: rate of ${nameOf(place)} over that of ${peer}`,
    kind: "at least",
    bound,
    value: (figures) =>
      over(figures.row(ours, place)?.perSecond, figures.row(peer, place)?.perSecond),
  };
}

function latency(ours: string, peer: string, place: Place, bound: number): Goal {
  return {
    goal: `${ours}: p50 of ${nameOf(place)} over that of ${peer}`,
    kind: "at most",
    bound,
    value: (figures) => over(figures.row(ours, place)?.p50Ms, figures.row(peer, place)?.p50Ms),
  };
}

/** Per unit. */
function time(ours: string, place: Place, peer: string, other: Place, bound: number): Goal {
  return {
    goal: `${ours}: time of ${nameOf(place)} over that of ${peer}: ${nameOf(other)}, per unit`,
    kind: "at most",
    bound,
    value: (figures) => over(figures.row(ours, place)?.wallUs, figures.row(peer, other)?.wallUs),
  };
}

function atLeast(target: string, scenario: string, metric: string, bound: number): Goal {
  const value = (figures: Figures) => figures.metric(target, scenario, metric);
  return { goal: `${target}: ${scenario}: ${metric}`, kind: "at least", bound, value };
}

function atMost(target: string, scenario: string, metric: string, bound: number): Goal {
  return { ...atLeast(target, scenario, metric, bound), kind: "at most" };
}

function nameOf({ work, size }: Place): string {
  return size === undefined ? work : `${work} at ${size.toLocaleString("en-US")}`;
}

function over(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below;
}
