import { describe, expect, it } from "vitest";
import type { Row } from "../samples.ts";
import { drawChart } from "./chart.ts";
import type { Report } from "./report.ts";

function reportOf(...rows: readonly Pick<Row, "target" | "work" | "size" | "perSecond">[]) {
  const machine = { cores: 2, cpu: "A & B <fast>", node: "v20.20.0" };
  return {
    machine,
    startedAt: "2026-11-22T10:00:00.000Z",
    runs: 5,
    rows: rows.map((row) => ({ ...row, unit: "subtask" })),
  } as unknown as Report;
}

const row = (target: string, size: number, perSecond: number) => ({
  target,
  work: "fanout:empty",
  size,
  perSecond,
});

describe("the chart", () => {
  it("has a bar for each target of a work, as long as its share of the highest rate", () => {
    const svg = drawChart(reportOf(row("rejoin", 1000, 20_000), row("restate", 1000, 1000)));
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => width);
    expect(widths).toHaveLength(2);
    expect(Number(widths[0]) / Number(widths[1])).toBeCloseTo(20, 1);
    expect(svg).toContain("fanout:empty, 1,000 subtasks");
    expect(svg).toContain("20,000/s");
    expect(svg).toContain("2026-11-22");
  });

  it("leaves out what a single target did, and says if nothing is left", () => {
    const svg = drawChart(reportOf(row("rejoin", 1000, 20_000), row("restate", 5000, 1000)));
    expect(svg).not.toContain("<rect");
    expect(svg).toContain("no work was done by several targets");
  });

  it("is well-formed whatever the machine is called, and has no element left open", () => {
    const svg = drawChart(reportOf(row("rejoin", 1, 2), row("other", 1, 1)));
    expect(svg).toContain("A &amp; B &lt;fast&gt;");
    const opened = [...svg.matchAll(/<([a-z]+)(?: [^>]*)?(?<!\/)>/g)]
      .map(([, name]) => name)
      .sort();
    const closed = [...svg.matchAll(/<\/([a-z]+)>/g)].map(([, name]) => name).sort();
    expect(opened).toEqual(closed);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
