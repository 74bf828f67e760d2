import type { ChildrenPage } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../render/colours.ts";
import { describeFanOut, renderFanOut } from "../render/fan-out.ts";
import { childrenPage, invocation } from "../testing/resources.ts";
import { type FanOut, isOver, rateOf, timeLeftMs, toJson } from "./fan-out.ts";

const AS_OF = "2026-11-21T18:00:00.000Z";
const secondsBefore = (seconds: number) =>
  new Date(Date.parse(AS_OF) - seconds * 1000).toISOString();

function page(own: Partial<ChildrenPage["summary"]>): ChildrenPage {
  const summary = { total: 1000, succeeded: 0, failed: 0, by_status: {}, completed_last_10s: 0 };
  return childrenPage({ as_of: AS_OF, summary: { ...summary, completed_last_60s: 0, ...own } });
}

describe("the rate", () => {
  it.each([
    ["of the last ten seconds", { completed_last_10s: 200, completed_last_60s: 900 }, 20],
    ["of the last minute if those were few", { completed_last_10s: 2, completed_last_60s: 120 }, 2],
    [
      "of its own time if that is less",
      { completed_last_10s: 80, completed_last_60s: 80, started_at: secondsBefore(4) },
      20,
    ],
    [
      "of a second at least",
      { completed_last_10s: 80, completed_last_60s: 80, started_at: secondsBefore(0.01) },
      80,
    ],
    ["none without completions", {}, undefined],
  ])("is that %s", (_name, summary, rate) => {
    expect(rateOf(page(summary))).toBe(rate);
  });

  it("gives the time left, for what gets on", () => {
    const busy = { succeeded: 400, failed: 100, completed_last_10s: 200, completed_last_60s: 500 };
    expect(timeLeftMs(page(busy))).toBe(25_000);
    expect(timeLeftMs(page({ ...busy, by_status: { paused: 100, scheduled: 200 } }))).toBe(10_000);
    expect(timeLeftMs(page({ ...busy, by_status: { paused: 500 } }))).toBeUndefined();
    expect(timeLeftMs(page({ succeeded: 400 }))).toBeUndefined();
  });
});

describe("the end", () => {
  const fanOut = (status: "suspended" | "completed", children: ChildrenPage): FanOut => ({
    invocation: invocation({ status }),
    children,
    troubles: [],
  });

  it("is when neither it nor what it has called is still going on", () => {
    const all = page({ succeeded: 990, failed: 10 });
    expect(isOver(fanOut("completed", all))).toBe(true);
    expect(isOver(fanOut("suspended", all))).toBe(false);
    expect(isOver(fanOut("completed", page({ succeeded: 990 })))).toBe(false);
    expect(isOver(fanOut("completed", page({ total: 0 })))).toBe(true);
  });
});

const SAMPLE: FanOut = {
  invocation: invocation({
    id: "inv_p",
    target: "worker/run",
    status: "suspended",
    created_at: secondsBefore(42),
  }),
  children: {
    ...page({
      succeeded: 480,
      failed: 20,
      by_status: { completed: 500, running: 400, "backing-off": 90, paused: 10 },
      completed_last_10s: 100,
      completed_last_60s: 500,
    }),
    failures: [{ message: "no such article", code: 404, count: 20, sample_ids: ["inv_f"] }],
  },
  troubles: [
    {
      status: "paused",
      failure: "the shop is closed",
      failure_code: 500,
      count: 10,
      oldest_created_at: AS_OF,
      oldest_modified_at: AS_OF,
      sample_ids: ["inv_q"],
    },
  ],
};

describe("what is shown", () => {
  it("is the bar, the counts, the pace, the failures, and what to do", () => {
    expect(renderFanOut(SAMPLE, Date.parse(AS_OF), PLAIN)).toBe(`worker/run inv_p
suspended, for 42 s

███████████████████▓▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░ 50 %
500/1000: 480 succeeded, 20 failed, 400 running, 90 backing-off, 10 paused; 10/s, 49 s left

COUNT  FAILURE                FOR EXAMPLE
20     [404] no such article  inv_f

COUNT  STATUS  LAST FAILURE              FOR EXAMPLE
10     paused  [500] the shop is closed  inv_q

10 paused: rejoin invocations resume --parent inv_p
failed: rejoin invocations children inv_p --failed
`);
  });

  it("is one line for logs, the same as long as nothing changes", () => {
    expect(describeFanOut(SAMPLE, PLAIN)).toBe(
      "worker/run suspended, 500/1000: 480 succeeded, 20 failed, 400 running, 90 backing-off, 10 paused",
    );
  });

  it("is a document for programs", () => {
    expect(toJson(SAMPLE)).toMatchObject({
      as_of: AS_OF,
      invocation: { id: "inv_p", status: "suspended" },
      children: { total: 1000, succeeded: 480, failed: 20 },
      completed_per_second: 10,
      seconds_left: 49,
      over: false,
    });
  });

  it("is the failure of one that has called nothing", () => {
    const alone: FanOut = {
      invocation: invocation({
        status: "backing-off",
        retry_count: 3,
        last_failure: "[500] no\nat x",
      }),
      children: page({ total: 0 }),
      troubles: [],
    };
    expect(renderFanOut(alone, Date.parse(alone.invocation.created_at) + 5000, PLAIN)).toBe(
      "greeter/greet inv_1\nbacking-off, for 5 s, 3 attempts failed\n\n[500] no\n",
    );
  });
});
