import type { AwaitingResource, JournalEntryResource } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { describeAwaiting } from "./awaiting.ts";
import { toTimelineRows } from "./groups.ts";
import { JournalReader } from "./steps.ts";
import { createTimeScale, toBar, toTicks } from "./time-scale.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const at = (afterMs: number) => new Date(START + afterMs).toISOString();

function call(index: number, completion: number, target = "worker/sub"): JournalEntryResource {
  return {
    index,
    entry_type: "Command: Call",
    appended_at: at(0),
    target,
    completion_id: completion + 1,
    invocation_id_completion_id: completion,
  };
}

function called(index: number, completion: number, id: string): JournalEntryResource {
  return {
    index,
    entry_type: "Notification: CallInvocationId",
    completion_id: completion,
    result: { kind: "invocation_id", invocation_id: id },
  };
}

function result(index: number, completion: number, afterMs: number, kind: "success" | "failure") {
  const entry = { index, entry_type: "Notification: Call", appended_at: at(afterMs) };
  return { ...entry, completion_id: completion, result: { kind } };
}

/** The journal of a fan-out to `count` children, of which the first `done` have completed. */
function fanOut(count: number, done: number): JournalEntryResource[] {
  const calls = Array.from({ length: count }, (_, i) => call(1 + i, 1 + 2 * i));
  const results = Array.from({ length: done }, (_, i) =>
    result(1 + count + i, 2 + 2 * i, 10 + i, i % 10 === 0 ? "failure" : "success"),
  );
  return [{ index: 0, entry_type: "Command: Input", appended_at: at(0) }, ...calls, ...results];
}

describe("steps", () => {
  it("are commands with what answered them", () => {
    const reader = new JournalReader();
    reader.add([call(1, 1), called(2, 1, "inv_a"), result(3, 2, 250, "failure")]);
    expect(reader.steps).toHaveLength(1);
    expect(reader.steps[0]).toMatchObject({
      kind: "call",
      subject: "worker/sub",
      invokedId: "inv_a",
      startedAt: START,
      endedAt: START + 250,
      state: "failed",
    });
    expect(reader.stepOf(2)).toBe(reader.steps[0]);
  });

  it("wait until they are answered, and what needs no answer does not", () => {
    const reader = new JournalReader();
    const set = { index: 1, entry_type: "Command: SetState", appended_at: at(0), state_key: "n" };
    reader.add([set, call(2, 1)]);
    expect(reader.steps.map(({ state }) => state)).toEqual(["none", "waiting"]);
    expect(reader.steps.map(({ endedAt }) => endedAt)).toEqual([START, undefined]);
  });

  it("are read once, whatever pages overlap", () => {
    const reader = new JournalReader();
    const entries = fanOut(10, 10);
    reader.add(entries.slice(0, 8));
    reader.add(entries.slice(4));
    expect(reader.steps).toHaveLength(11);
    expect(reader.next).toBe(21);
  });

  it("of kinds that are not known have readable names", () => {
    const reader = new JournalReader();
    reader.add([{ index: 0, entry_type: "Command: ReticulateSplines" }]);
    expect(reader.steps[0]).toMatchObject({ kind: "other", title: "Reticulate splines" });
  });

  it("tell a cancellation from other signals", () => {
    const reader = new JournalReader();
    reader.add([
      { index: 0, entry_type: "Notification: Signal", signal_index: 1 },
      { index: 1, entry_type: "Notification: Signal", signal_name: "go" },
    ]);
    expect(reader.steps.map(({ title }) => title)).toEqual(["Cancel signal", "Signal"]);
  });
});

describe("rows", () => {
  it("hold a fan-out of ten thousand as one group", () => {
    const reader = new JournalReader();
    reader.add(fanOut(10_000, 4000));
    const rows = toTimelineRows(reader.steps, new Set());
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      kind: "group",
      isOpen: false,
      group: {
        title: "Call",
        subject: "worker/sub",
        counts: { waiting: 6000, succeeded: 3600, failed: 400, none: 0 },
        startedAt: START,
        endedAt: undefined,
      },
    });
  });

  it("show the steps of a group that is open", () => {
    const reader = new JournalReader();
    reader.add(fanOut(20, 20));
    const rows = toTimelineRows(reader.steps, new Set([1]));
    expect(rows).toHaveLength(22);
    expect(rows[2]).toMatchObject({ kind: "step", depth: 1 });
  });

  it("leave a few like steps as they are", () => {
    const reader = new JournalReader();
    reader.add(fanOut(4, 0));
    expect(toTimelineRows(reader.steps, new Set())).toHaveLength(5);
  });

  it("take keyed calls of one handler as alike, and others not", () => {
    const reader = new JournalReader();
    const keyed = Array.from({ length: 6 }, (_, i) => call(i, 1 + 2 * i, `cart/user-${i}/add`));
    const others = Array.from({ length: 6 }, (_, i) => call(6 + i, 20 + 2 * i, "mail/send"));
    reader.add([...keyed, ...others]);
    const rows = toTimelineRows(reader.steps, new Set());
    const subjects = rows.map((row) => (row.kind === "group" ? row.group.subject : ""));
    expect(subjects).toEqual(["cart/…/add", "mail/send"]);
  });
});

describe("the time axis", () => {
  it("places bars, and keeps the shortest visible", () => {
    const scale = createTimeScale(1000, 2000);
    expect(toBar(scale, 1250, 1750)).toEqual({ left: 25, width: 50 });
    expect(toBar(scale, 1500, 1500).width).toBeGreaterThan(0);
    expect(toBar(scale, 2000, 2000).left).toBeLessThan(100);
    expect(toBar(scale, 1500, undefined)).toEqual({ left: 50, width: 50 });
  });

  it("has round ticks, and few of them", () => {
    const ticks = toTicks(createTimeScale(0, 3_700_000), 6);
    expect(ticks.map(({ afterMs }) => afterMs)).toEqual([
      0, 900_000, 1_800_000, 2_700_000, 3_600_000,
    ]);
    for (const span of [1, 9, 1234, 86_400_000 * 400]) {
      const count = toTicks(createTimeScale(0, span), 6).length;
      expect(count).toBeGreaterThanOrEqual(1);
      expect(count).toBeLessThanOrEqual(7);
    }
  });
});

describe("what it waits for", () => {
  const tree = (overrides: Partial<AwaitingResource>): AwaitingResource => ({
    combinator: "all_completed",
    completions: { count: 0, first: [] },
    signals: { count: 0, first: [] },
    signal_names: [],
    nested: [],
    ...overrides,
  });

  it("is named by its steps", () => {
    const reader = new JournalReader();
    reader.add([call(1, 1), call(2, 3, "mail/send")]);
    const awaiting = tree({ completions: { count: 2, first: [2, 4] } });
    const node = describeAwaiting(awaiting, (id) => reader.stepOf(id));
    expect(node.label).toBe("all of");
    expect(node.nested.map(({ label }) => label)).toEqual(["Call worker/sub", "Call mail/send"]);
  });

  it("is counted when there is much of it", () => {
    const reader = new JournalReader();
    reader.add(fanOut(1000, 0));
    const first = Array.from({ length: 100 }, (_, i) => 2 + 2 * i);
    const awaiting = tree({ completions: { count: 1000, first } });
    const { label, nested } = describeAwaiting(awaiting, (id) => reader.stepOf(id));
    expect({ label, nested }).toEqual({ label: "1,000 like Call worker/sub", nested: [] });
  });

  it("nests", () => {
    const awaiting = tree({
      combinator: "first_completed",
      signal_names: ["go"],
      nested: [tree({ signals: { count: 2, first: [17, 18] } })],
    });
    const node = describeAwaiting(awaiting, () => undefined);
    expect(node.label).toBe("the first of");
    expect(node.nested.map(({ label }) => label)).toEqual(["signal go", "all of"]);
  });
});
