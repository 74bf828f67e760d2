/** What always holds of a partition's rows, whatever has happened to it. */
import { isNotificationKind } from "@rejoin/protocol";
import { expect } from "vitest";
import type { Invocation } from "../model/invocation.ts";
import { binaryString } from "../rows/bytes.ts";
import { inboxKey, inboxRows } from "../rows/inbox-row.ts";
import { instanceOf, numberOfKey } from "../rows/instance.ts";
import { Tag } from "../rows/keys.ts";
import { type ObjectRow, objectRows } from "../rows/object-row.ts";
import type { TestPartition } from "./partition.ts";
import { tasksOf } from "./tasks.ts";

const HOLDING = new Set(["invoked", "suspended", "paused"]);

/** The row of an object, or workflow, by its encoded name. */
export function objectOf(partition: TestPartition, instance: string): ObjectRow | undefined {
  const bytes = partition.rows.get(objectRows.rowKey(instance));
  return bytes === undefined ? undefined : objectRows.decode(bytes, instance);
}

/** Every object has one holder at most, and who waits for it is in its inbox. */
export function expectObjectsSound(partition: TestPartition): void {
  const exclusive = partition.invocations().filter((one) => one.target.handlerKind === "exclusive");
  for (const one of exclusive) {
    const instance = instanceOf(one.target);
    const object = objectOf(partition, instance);
    expect(HOLDING.has(one.status)).toBe(object?.holder === one.key);
    expect(one.status === "inboxed").toBe(one.inboxSequence > 0);
    if (one.status !== "inboxed") continue;
    const place = partition.rows.get(inboxRows.rowKey(inboxKey(instance, one.inboxSequence)));
    expect(place && inboxRows.decode(place, "")).toEqual({ kind: "invocation", key: one.key });
  }
  expectInboxesSound(partition);
}

/** A place lies between head and tail, and an object that waits is held by somebody. */
function expectInboxesSound(partition: TestPartition): void {
  const unlocking = new Set(
    tasksOf(partition).flatMap(({ task }) => (task.kind === "unlock" ? [task.instance] : [])),
  );
  const places = new Map<string, number[]>();
  for (const { key } of partition.rows.tagged(Tag.inbox)) {
    const text = binaryString(key.subarray(1));
    const instance = text.slice(0, -8);
    places.set(instance, [...(places.get(instance) ?? []), numberOfKey(text.slice(-8))]);
  }
  for (const { key, value } of partition.rows.tagged(Tag.object)) {
    const instance = binaryString(key.subarray(1));
    const { holder, head, tail } = objectRows.decode(value, instance);
    expect(head).toBeLessThanOrEqual(tail);
    expect(holder === "task").toBe(unlocking.has(instance));
    for (const place of places.get(instance) ?? []) {
      expect(place).toBeGreaterThanOrEqual(head);
      expect(place).toBeLessThan(tail);
      expect(holder).toBeDefined();
    }
    places.delete(instance);
  }
  expect([...places.keys()]).toEqual([]);
}

/** The counts of an invocation agree with its journal, unless that is being deleted. */
export function expectInStep(partition: TestPartition, invocation: Invocation): void {
  const { key, status } = invocation;
  expect(status === "completed").toBe(invocation.completedAt > 0);
  if (status === "completed") expect(invocation.output).toBeDefined();
  if (invocation.nextRetryAt > 0) expect(status).toBe("invoked");
  if (invocation.pausing) expect(status).toBe("invoked");
  if (status !== "suspended") expect(invocation.awaiting).toBeUndefined();
  const journal = partition.journal(key, 7);
  if (invocation.journalLength === 0) return;
  const notifications = journal.filter(({ message }) => isNotificationKind(message.kind));
  const inHeader = invocation.outputInHeader ? 1 : 0;
  expect(journal.map((entry) => entry.index)).toEqual(journal.map((_, i) => i + 1));
  expect(invocation.journalLength).toBe(1 + journal.length + inHeader);
  expect(invocation.notificationCount).toBe(notifications.length);
  expect(invocation.commandCount).toBe(1 + journal.length - notifications.length + inHeader);
  expect(invocation.hasJournalRows).toBe(journal.length > 0);
}
