/** The report: what was measured, as data and as text. */
import { formatMachine, type Machine } from "../machine.ts";
import type { Row, Total, WorkProfile } from "../measure.ts";
import type { Breakdown, Cost } from "../profile/breakdown.ts";
import { LINEAR_RATIO_MAX, type Linearity } from "./linearity.ts";
import type { Ratio } from "./ratios.ts";
import { formatCount, formatFigure, formatMib, formatTable } from "./table.ts";

export interface Report {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly targets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rows: readonly Row[];
  readonly linearity: readonly Linearity[];
  readonly totals: readonly Total[];
  readonly ratios: readonly Ratio[];
  readonly profiles: readonly (WorkProfile & Breakdown)[];
  /** What was given up, and why. */
  readonly skipped: readonly string[];
}

export function formatReport(report: Report): string {
  const { profiles, skipped } = report;
  const parts = [
    `${formatMachine(report.machine)}\nmedians of ${report.runs} runs after one that is not counted`,
    ...Object.entries(report.targets).map(([name, facts]) => formatFacts(name, facts)),
    formatRows(report.rows),
    report.linearity.length === 0 ? "" : formatLinearity(report.linearity),
    report.ratios.length === 0 ? "" : formatRatios(report.ratios),
    formatTotals(report.totals),
    ...profiles.map(formatProfile),
    skipped.map((line) => `given up, with larger sizes: ${line}`).join("\n"),
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

function formatLinearity(linearity: readonly Linearity[]): string {
  const verdict = `linear (≤ ${LINEAR_RATIO_MAX})`;
  const header = ["work", "target", "by", verdict, "largest size", "wall ratio", "cpu ratio"];
  const cells = linearity.map((line) => [
    line.work,
    line.target,
    line.by.join(" and "),
    line.linear ? "yes" : "no",
    formatCount(line.size),
    formatFigure(line.wallRatio),
    formatFigure(line.cpuRatio),
  ]);
  return formatTable(header, cells, 4);
}

function formatRatios(ratios: readonly Ratio[]): string {
  const header = [
    "work",
    "peer",
    "size",
    "times its rate",
    "its cpu over ours",
    "its memory over ours",
  ];
  const cells = ratios.map((ratio) => [
    ratio.work,
    ratio.peer,
    formatCount(ratio.size),
    formatFigure(ratio.perSecond),
    formatFigure(ratio.cpu),
    formatFigure(ratio.rss),
  ]);
  return formatTable(header, cells, 2);
}

function formatTotals(totals: readonly Total[]): string {
  const header = ["process", "target", "units in all", "peak MiB", "disk bytes per unit"];
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
  const { work, unit, units, cpuUs, file } = profile;
  const title = `${work}: ${formatFigure(cpuUs / units)} µs of CPU per ${unit} under the profiler`;
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
