/** The engine as a whole, over random programs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Invocation } from "./model/invocation.ts";
import { invocationRows } from "./rows/invocation-row.ts";
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
  it("has the same effects whatever is in memory, and asks for what it lacks in at most 3 rounds", () => {
    const property = fc.property(programs, (steps) => {
      expect(runBoth(steps)).toBeLessThanOrEqual(3);
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
        if (record !== undefined && record.kind !== "taskPage") partition.apply(record);
      }
      for (const invocation of partition.invocations()) expectInStep(partition, invocation);
    });
    fc.assert(property, { seed: 5, numRuns: 100 });
  });
});

function expectInStep(partition: TestPartition, invocation: Invocation): void {
  const { key } = invocation;
  const journal = partition.journal(key, 7);
  const notifications = journal.filter((entry) => entry.message.kind.endsWith("Completion"));
  const inHeader = invocation.outputInHeader ? 1 : 0;
  expect(journal.map((entry) => entry.index)).toEqual(journal.map((_, i) => i + 1));
  expect(invocation.journalLength).toBe(1 + journal.length + inHeader);
  expect(invocation.notificationCount).toBe(notifications.length);
  expect(invocation.commandCount).toBe(1 + journal.length - notifications.length + inHeader);
  expect(invocation.hasJournalRows).toBe(journal.length > 0);
  expect(invocation.status === "completed").toBe(invocation.completedAt > 0);
  if (invocation.status === "completed") expect(invocation.output).toBeDefined();
  if (invocation.nextRetryAt > 0) expect(invocation.status).toBe("invoked");
  if (invocation.status !== "suspended") expect(invocation.awaiting).toBeUndefined();
}
