/** The report: what was measured, as data and as text. */
import { formatMachine, type Machine } from "../machine.ts";
import type { Total, WorkProfile } from "../measure.ts";
import type { Breakdown, Cost } from "../profile/breakdown.ts";
import type { Row } from "../samples.ts";
import type { MetricRow } from "../scenario/scenario.ts";
import { formatGoals, type GoalResult } from "./goals.ts";
import { LINEAR_RATIO_MAX, type Linearity } from "./linearity.ts";
import type { Ratio } from "./ratios.ts";
import { formatCount, formatFigure, formatMib, formatTable } from "./table.ts";

export interface Report {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly warmUpMs: number;
  readonly targets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rows: readonly Row[];
  readonly linearity: readonly Linearity[];
  readonly totals: readonly Total[];
  readonly ratios: readonly Ratio[];
  readonly metrics: readonly MetricRow[];
  readonly goals: readonly GoalResult[];
  readonly profiles: readonly (WorkProfile & Breakdown)[];
  /** What was given up, and why. */
  readonly skipped: readonly string[];
  /** What a target has no way to do. */
  readonly leftOut: readonly string[];
}

function formatRuns({ runs, warmUpMs }: Report): string {
  return `medians of ${runs} turns of each size, which first ran for ${warmUpMs / 1000} s uncounted`;
}

export function formatReport(report: Report): string {
  const { profiles, skipped } = report;
  const parts = [
    `${formatMachine(report.machine)}\n${formatRuns(report)}`,
    ...Object.entries(report.targets).map(([name, facts]) => formatFacts(name, facts)),
    report.rows.length === 0 ? "" : formatRows(report.rows),
    formatProcesses(report.rows),
    report.linearity.length === 0 ? "" : formatLinearity(report.linearity),
    report.ratios.length === 0 ? "" : formatRatios(report.ratios),
    report.metrics.length === 0 ? "" : formatMetrics(report.metrics),
    formatGoals(report.goals),
    report.totals.length === 0 ? "" : formatTotals(report.totals),
    ...profiles.map(formatProfile),
    skipped.map((line) => `given up, with larger sizes: ${line}`).join("\n"),
    report.leftOut.join("\n"),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function formatFacts(name: string, facts: Readonly<Record<string, string>>): string {
  const lines = Object.entries(facts).map(([key, value]) => `  ${key}: ${value}`);
  return [`${name}:`, ...lines].join("\n");
}

function formatRows(rows: readonly Row[]): string {
  const header = [
    "work",
    "target",
    "size",
    "per second",
    "wall µs",
    "cpu µs",
    "p50 ms",
    "p99 ms",
    "commits/s",
    "records/commit",
    "writes/commit",
    "fetches",
    "peak MiB",
  ];
  const cells = rows.map((row) => [
    row.work,
    row.target,
    formatCount(row.size),
    formatFigure(row.perSecond),
    formatFigure(row.wallUs),
    formatFigure(row.cpuUs),
    formatFigure(row.p50Ms),
    formatFigure(row.p99Ms),
    formatFigure(row.commitsPerSecond),
    formatFigure(row.recordsPerCommit),
    formatFigure(row.writesPerCommit),
    formatCount(row.fetches),
    formatMib(row.rssPeakBytes),
  ]);
  return formatTable(header, cells, 2);
}

/** Of targets that have more than one; the others' rows say it all. */
function formatProcesses(rows: readonly Row[]): string {
  const header = ["work", "target", "process", "size", "cpu µs", "peak MiB"];
  const cells = rows
    .filter(({ processes }) => processes.length > 1)
    .flatMap(({ work, target, size, processes }) =>
      processes.map(({ name, cpuUs, rssPeakBytes }) => [
        work,
        target,
        name,
        formatCount(size),
        formatFigure(cpuUs),
        formatMib(rssPeakBytes),
      ]),
    );
  return cells.length === 0 ? "" : formatTable(header, cells, 3);
}

function formatLinearity(linearity: readonly Linearity[]): string {
  const verdict = `linear (≤ ${LINEAR_RATIO_MAX})`;
  const header = ["work", "target", "by", verdict, "size", "wall ratio", "cpu ratio"];
  const cells = linearity.map((line) => [
    line.work,
    line.target,
    line.by.join(" and "),
    formatVerdict(line.linear),
    formatCount(line.size),
    formatFigure(line.wallRatio),
    formatFigure(line.cpuRatio),
  ]);
  return formatTable(header, cells, 4);
}

function formatVerdict(linear: boolean | undefined): string {
  if (linear === undefined) return "unknown";
  return linear ? "yes" : "no";
}

function formatRatios(ratios: readonly Ratio[]): string {
  const header = [
    "work",
    "target",
    "peer",
    "size",
    "rate over the peer's",
    "the peer's cpu over its own",
    "the peer's memory over its own",
  ];
  const cells = ratios.map((ratio) => [
    ratio.work,
    ratio.target,
    ratio.peer,
    formatCount(ratio.size),
    formatFigure(ratio.perSecond),
    formatFigure(ratio.cpu),
    formatFigure(ratio.rss),
  ]);
  return formatTable(header, cells, 3);
}

function formatMetrics(metrics: readonly MetricRow[]): string {
  const header = ["scenario", "target", "what", "unit", "value"];
  const cells = metrics.map(({ scenario, target, metric, unit, value }) => [
    scenario,
    target,
    metric,
    unit,
    formatFigure(value),
  ]);
  return formatTable(header, cells, 4);
}

function formatTotals(totals: readonly Total[]): string {
  const header = ["work as a whole", "target", "units in all", "peak MiB", "disk bytes per unit"];
  const cells = totals.map((total) => [
    total.work,
    total.target,
    formatCount(total.units),
    formatMib(total.rssPeakBytes),
    formatFigure(total.dataBytesPerUnit),
  ]);
  return formatTable(header, cells, 2);
}

function formatProfile(profile: WorkProfile & Breakdown): string {
  const { work, target, process, unit, units, cpuUs, file } = profile;
  const where = `${work}, ${target}, ${process}`;
  const title = `${where}: ${formatFigure(cpuUs / units)} µs of CPU per ${unit} under the profiler`;
  return [
    `${title}\n${file}`,
    formatCosts("stage", profile.stages),
    formatCosts("file", profile.files),
  ].join("\n\n");
}

function formatCosts(name: string, costs: readonly Cost[]): string {
  const cells = costs.map(({ what, usPerUnit, share }) => [
    what,
    usPerUnit.toFixed(2),
    `${(share * 100).toFixed(1)} %`,
  ]);
  return formatTable([name, "µs", "share"], cells, 1);
}
