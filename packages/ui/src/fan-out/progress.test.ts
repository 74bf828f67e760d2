import { describe, expect, it } from "vitest";
import { type ChildrenSummary, planRetry, toProgress } from "./progress.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

function summary(overrides: Partial<ChildrenSummary>): ChildrenSummary {
  return {
    total: 1000,
    by_status: {},
    succeeded: 0,
    failed: 0,
    started_at: ago(100),
    completed_last_10s: 0,
    completed_last_60s: 0,
    ...overrides,
  };
}

describe("the progress of a fan-out", () => {
  it("tells what is left from the rate of the last ten seconds", () => {
    const running = summary({
      by_status: { running: 10, ready: 85, "backing-off": 5, completed: 900 },
      succeeded: 890,
      failed: 10,
      completed_last_10s: 500,
      completed_last_60s: 900,
    });
    expect(toProgress(running, NOW)).toEqual({
      total: 1000,
      succeeded: 890,
      failed: 10,
      active: 15,
      waiting: 85,
      share: 0.9,
      ratePerSecond: 50,
      leftMs: 2000,
    });
  });

  it("takes the minute when ten seconds tell too little", () => {
    const slow = summary({ succeeded: 40, completed_last_10s: 3, completed_last_60s: 30 });
    expect(toProgress(slow, NOW)).toMatchObject({ ratePerSecond: 0.5, leftMs: 1_920_000 });
  });

  it("does not divide by time that was before it began", () => {
    const young = summary({ succeeded: 100, completed_last_10s: 100, started_at: ago(2) });
    expect(toProgress(young, NOW)).toMatchObject({ ratePerSecond: 50, leftMs: 18_000 });
  });

  it("promises nothing when nothing moves, or nothing is left", () => {
    expect(toProgress(summary({ by_status: { paused: 1000 } }), NOW).leftMs).toBeUndefined();
    const held = { by_status: { "backing-off": 9 }, succeeded: 991, completed_last_60s: 991 };
    expect(toProgress(summary(held), NOW).leftMs).toBeUndefined();
    const done = summary({ succeeded: 1000, last_completed_at: ago(80), started_at: ago(100) });
    expect(toProgress(done, NOW)).toMatchObject({ share: 1, ratePerSecond: 50, leftMs: undefined });
  });

  it("knows no share without children", () => {
    const { started_at: _, ...none } = summary({ total: 0 });
    expect(toProgress(none, NOW)).toMatchObject({ share: 0, ratePerSecond: undefined });
  });
});

it("retries living children where they are, and repeats the ended ones", () => {
  const plan = planRetry([
    { id: "a", status: "paused" },
    { id: "b", status: "backing-off" },
    { id: "c", status: "completed", completion_result: "failure" },
    { id: "d", status: "completed", completion_result: "success" },
    { id: "e", status: "running" },
  ]);
  expect(plan).toEqual({ resumed: ["a", "b"], restarted: ["c"] });
});
