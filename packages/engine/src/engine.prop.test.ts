/** The engine as a whole, over random programs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineRecord } from "./records.ts";
import { invocationRows } from "./rows/invocation-row.ts";
import { Tag } from "./rows/keys.ts";
import { parseStateRowKey } from "./rows/state-rows.ts";
import { expectInStep, expectObjectsSound, objectOf } from "./testing/checks.ts";
import { type Applied, TestPartition } from "./testing/partition.ts";
import { programs, recordOf, type Step } from "./testing/programs.ts";
import {
  allOf,
  call,
  finish,
  invoke,
  keyOf,
  patterned,
  send,
  started,
  suspension,
  value,
} from "./testing/records.ts";
import { runTasks } from "./testing/tasks.ts";

/** Rounds that a record may take; one more where an object is handed over past a gap. */
const ROUNDS_MAX = 4;

/** A program's whole effect in a form that is quickly compared. */
function fingerprint({ commit, actions }: Applied): string {
  const hash = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? "-" : Buffer.from(bytes).toString("latin1");
  const writes = commit.writes.map(({ key, value }) => `${hash(key)}=${hash(value)}`);
  const messages = commit.messages.map((message) => `${message.destination}:${hash(message.body)}`);
  return JSON.stringify([writes, messages, commit.consumed, JSON.stringify(actions, inOrder)]);
}

/** Bytes as text, and fields in the order of their names. */
function inOrder(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function runBoth(steps: readonly Step[]): number {
  const warm = new TestPartition({ memory: "all" });
  const cold = new TestPartition({ memory: "none" });
  for (const [n, step] of steps.entries()) {
    const record = recordOf(warm, step, n);
    if (record === undefined) continue;
    cold.timeMs = warm.timeMs;
    const expected = warm.apply(record);
    const actual = cold.apply(record);
    if (fingerprint(actual) !== fingerprint(expected)) {
      expect({ ...actual, rounds: 0 }).toEqual({ ...expected, rounds: 0 });
      throw new Error(`the effects of ${record.kind} differ`);
    }
  }
  return cold.roundsMax;
}

describe("applying a record", () => {
  it("has the same effects whatever is in memory, and asks for what it lacks in a few rounds", () => {
    const property = fc.property(programs, (steps) => {
      expect(runBoth(steps)).toBeLessThanOrEqual(ROUNDS_MAX);
    });
    fc.assert(property, { seed: 3, numRuns: 150 });
  });

  it("asks at once for the large results of all the completed invocations that a record calls", () => {
    const partition = new TestPartition({ memory: "none" });
    const parent = keyOf(1);
    partition.apply(invoke(parent));
    const calls = (from: number) =>
      Array.from({ length: 20 }, (_, i) => call(from + 2 * i, { idempotencyKey: `k${i}` }));
    for (const child of started(send(partition, parent, calls(2)))) {
      send(partition, child, finish(value(patterned(3000))));
    }
    const applied = send(partition, parent, [...calls(100), suspension(allOf(100, 102))]);
    expect(started(applied)).toEqual([parent]);
    expect(applied.rounds).toBeLessThanOrEqual(3);
  });

  it("leaves nothing behind when it lacks something, and changes no value that it was given", () => {
    const property = fc.property(programs, (steps) => {
      const partition = new TestPartition();
      for (const [n, step] of steps.entries()) {
        const record = recordOf(partition, step, n);
        if (record === undefined) continue;
        const before = partition.invocations();
        const given = before.map(({ key }) => partition.row(invocationRows, key) ?? undefined);
        const copies = given.map((invocation) => structuredClone(invocation));
        partition.apply(record);
        expect(given).toEqual(copies);
      }
    });
    fc.assert(property, { seed: 4, numRuns: 40 });
  });

  it("keeps the counts of every invocation in step with its journal", () => {
    const property = fc.property(programs, (steps) => {
      const partition = new TestPartition();
      for (const [n, step] of steps.entries()) {
        const record = recordOf(partition, step, n);
        if (record === undefined || deletes(record)) continue;
        partition.apply(record);
      }
      for (const invocation of partition.invocations()) expectInStep(partition, invocation);
    });
    fc.assert(property, { seed: 5, numRuns: 100 });
  });

  it("keeps every object with one holder at most, and who waits for it in its inbox", () => {
    const property = fc.property(programs, (steps) => {
      const partition = new TestPartition();
      for (const [n, step] of steps.entries()) {
        const record = recordOf(partition, step, n);
        if (record === undefined) continue;
        partition.apply(record);
        expectObjectsSound(partition);
      }
    });
    fc.assert(property, { seed: 6, numRuns: 150 });
  });

  it("lets tasks end, and leaves nothing of what they had to delete", () => {
    const property = fc.property(programs, fc.integer({ min: 1, max: 3 }), (steps, times) => {
      const partition = new TestPartition();
      for (const [n, step] of steps.entries()) {
        const record = recordOf(partition, step, n);
        if (record !== undefined) partition.apply(record);
      }
      runTasks(partition, times);
      expectObjectsSound(partition);
      expect(partition.rows.tagged(Tag.task)).toEqual([]);
      expectNoStaleState(partition);
    });
    fc.assert(property, { seed: 7, numRuns: 100 });
  });
});

/** Whether a record deletes rows of journals: their counts are then out of step for a while. */
function deletes(record: EngineRecord): boolean {
  if (record.kind !== "taskPage") return false;
  if (record.task === "expiry") return true;
  return record.step.kind === "purge" || record.step.kind === "purgeJournal";
}

function expectNoStaleState(partition: TestPartition): void {
  for (const { key } of partition.rows.tagged(Tag.state)) {
    const { instance, generation } = parseStateRowKey(key);
    expect(generation).toBe(objectOf(partition, instance)?.generation ?? 0);
  }
}
