import { describe, expect, it } from "vitest";
import type { Row } from "../samples.ts";
import type { MetricRow } from "../scenario/scenario.ts";
import { formatGoals, goalsOf } from "./goals.ts";

function row(target: string, work: string, size: number, perSecond: number): Row {
  return {
    target,
    work,
    unit: "subtask",
    size,
    perSecond,
    wallUs: 1e6 / perSecond,
    cpuUs: undefined,
    processes: [],
    p50Ms: 1000 / perSecond,
    p99Ms: undefined,
    commitsPerSecond: undefined,
    recordsPerCommit: undefined,
    writesPerCommit: undefined,
    fetches: undefined,
    rssPeakBytes: 500 * 2 ** 20,
    samples: [],
  };
}

function metric(name: string, value: number | undefined): MetricRow {
  return { scenario: "idle", target: "rejoin", metric: name, unit: "MiB", value, samples: [value] };
}

describe("goals", () => {
  it("are judged where both sides were measured, at the size that they speak of", () => {
    const rows = [
      row("rejoin", "fanout:empty", 1000, 30_000),
      row("restate", "fanout:empty", 1000, 1000),
      row("dbos", "fanout:empty", 1000, 600),
      row("bullmq", "fanout:empty", 1000, 2000),
      row("rejoin", "fanout:empty", 20_000, 30_000),
    ];
    expect(goalsOf(rows, [])).toEqual([
      {
        goal: "rejoin: rate of fanout:empty at 1,000 over that of restate",
        kind: "at least",
        bound: 20,
        value: 30,
        met: true,
      },
      {
        goal: "rejoin: rate of fanout:empty at 1,000 over that of dbos",
        kind: "at least",
        bound: 100,
        value: 50,
        met: false,
      },
    ]);
  });

  it("hold times and latencies below a share of a peer's", () => {
    const rows = [
      row("rejoin", "echo:1", 500, 400),
      row("restate", "echo:1", 500, 200),
      row("rejoin", "sequential-runs", 1000, 2000),
      row("floor", "commits:one-by-one", 1000, 2500),
    ];
    expect(goalsOf(rows, []).map(({ value, bound, met }) => [value, bound, met])).toEqual([
      [0.5, 0.25, false],
      [1.25, 1.5, true],
    ]);
  });

  it("say in a table by how much they were missed, and nothing of what is not known", () => {
    const metrics = [metric("memory of server", 150), metric("CPU of server", undefined)];
    const goals = goalsOf([], metrics);
    expect(goals).toHaveLength(1);
    expect(formatGoals(goals)).toMatch(
      /memory of server \| missed by 50 % +\| +150 \| at most 100/,
    );
    expect(formatGoals([])).toBe("");
  });
});
