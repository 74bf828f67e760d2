/**
 * A chart for the documentation: for each work and size that several targets did, a bar for each,
 * as long as its rate is against the highest of them. Plain SVG that can be read on light and on
 * dark pages.
 */
import type { Row } from "../samples.ts";
import type { Report } from "./report.ts";
import { formatCount, formatFigure } from "./table.ts";

const WIDTH = 760;
const NAME_WIDTH = 160;
const FIGURE_WIDTH = 150;
const BAR_WIDTH_MAX = WIDTH - NAME_WIDTH - FIGURE_WIDTH;
const BAR_WIDTH_MIN = 1;
const LINE = 22;
const BAR = 14;
const GAP = 14;
const HEAD = 58;
const BASELINE = 12;
/** Told apart also by those who do not see all colours. */
const COLOURS: Readonly<Record<string, string>> = {
  rejoin: "#0072b2",
  "rejoin-http2": "#56b4e9",
  "rejoin-restate-sdk": "#009e73",
  restate: "#d55e00",
  dbos: "#cc79a7",
  bullmq: "#e69f00",
};
const OTHER_COLOUR = "#7f7f7f";

/** An SVG document; without works that several targets did, one that says so. */
export function drawChart({ rows, machine, startedAt, runs }: Report): string {
  const lines: string[] = [];
  let top = HEAD;
  for (const group of groupsOf(rows)) {
    lines.push(...drawGroup(group, top));
    top += LINE * (group.length + 1) + GAP;
  }
  if (lines.length === 0) lines.push(text(0, top, "no work was done by several targets"));
  const about = `${machine.cores} × ${machine.cpu}, Node ${machine.node.slice(1)}, ${startedAt.slice(0, 10)}, medians of ${runs}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + LINE}" role="img">`,
    "<title>Units per second, each target beside the others</title>",
    "<style>text { font: 13px sans-serif; fill: #57606a } .work { font-weight: bold }",
    "@media (prefers-color-scheme: dark) { text { fill: #b1bac4 } }</style>",
    text(0, LINE, "Units per second; a bar is relative to the highest of its work", "work"),
    text(0, LINE * 2 - GAP / 2, about),
    ...lines,
    "</svg>\n",
  ].join("\n");
}

/** Rows of the same work and size, in the order of the report; those of one target are left out. */
function groupsOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.work} ${row.size}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function drawGroup(group: readonly Row[], top: number): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const highest = Math.max(...group.map(({ perSecond }) => perSecond));
  const title = `${first.work}, ${formatCount(first.size)} ${first.unit}s`;
  return [
    text(0, top + BASELINE, title, "work"),
    ...group.flatMap((row, i) => drawBar(row, highest, top + LINE * (i + 1))),
  ];
}

function drawBar(row: Row, highest: number, top: number): readonly string[] {
  const width = Math.max(BAR_WIDTH_MIN, (row.perSecond / highest) * BAR_WIDTH_MAX);
  const colour = COLOURS[row.target] ?? OTHER_COLOUR;
  const bar = `x="${NAME_WIDTH}" y="${top}" width="${width.toFixed(1)}" height="${BAR}"`;
  return [
    text(0, top + BASELINE, row.target),
    `<rect ${bar} fill="${colour}"/>`,
    text(NAME_WIDTH + width + 6, top + BASELINE, `${formatFigure(row.perSecond)}/s`),
  ];
}

function text(x: number, y: number, content: string, style?: string): string {
  const attributes = style === undefined ? "" : ` class="${style}"`;
  return `<text x="${x.toFixed(1)}" y="${y}"${attributes}>${escapeText(content)}</text>`;
}

function escapeText(content: string): string {
  return content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
