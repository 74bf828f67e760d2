/** Signals from outside: awakeables that are completed over HTTP (server.md §5.10). */
import { beforeEach, describe, expect, it } from "vitest";
import { operate, resultOf, resume, signal } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  errorMessage,
  failure,
  finish,
  fireNext,
  invoke,
  keyOf,
  send,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

const awaiting17 = suspension({
  combinator: 1,
  completions: [],
  signals: [17],
  namedSignals: [],
  nested: [],
});

describe("a signal from outside", () => {
  it("wakes who awaits it, and is answered when it is durable", () => {
    partition.apply(invoke(key));
    send(partition, key, [awaiting17]);
    const record = signal(key, 17, value("v"));
    const applied = partition.apply(record);
    expect(started(applied)).toEqual([key]);
    expect(resultOf(applied)).toEqual({ kind: "done" });
    const [told] = applied.actions.filter((action) => action.kind === "operated");
    expect(told?.waiter).toBe(record.waiter);
    expect(partition.journal(key)[0]?.message).toMatchObject({ result: value("v") });
  });

  it("is passed to an open attempt", () => {
    partition.apply(invoke(key));
    const applied = partition.apply(signal(key, 17, failure(500, "no")));
    expect(applied.actions).toContainEqual(expect.objectContaining({ kind: "notify", index: 1 }));
  });

  it("is kept for one that is paused, and does not resume it", () => {
    partition.apply(invoke(key));
    send(partition, key, [errorMessage({ behavior: 1 })]);
    expect(started(partition.apply(signal(key, 17)))).toEqual([]);
    expect(partition.get(key)).toMatchObject({ status: "paused", notificationCount: 1 });
    partition.apply(operate(key, resume()));
    expect(partition.journal(key)).toMatchObject([{ index: 1, message: { signalIndex: 17 } }]);
  });

  it("is kept for one that has not started", () => {
    partition.apply(invoke(key, { scheduledFor: partition.timeMs + 5 }));
    partition.apply(signal(key, 17));
    expect(started(fireNext(partition))).toEqual([key]);
    expect(partition.get(key)).toMatchObject({ journalLength: 2, notificationCount: 1 });
    expect(partition.journal(key)).toMatchObject([{ index: 1, message: { signalIndex: 17 } }]);
  });

  it("for one that has completed, or never was, is answered and has no effect", () => {
    partition.apply(invoke(key));
    send(partition, key, finish());
    for (const gone of [key, keyOf(99)]) {
      const applied = partition.apply(signal(gone, 17));
      expect(resultOf(applied)).toEqual({ kind: "done" });
      expect(applied.commit.writes).toEqual([]);
    }
  });

  it("of the cancel index is a cancel", () => {
    partition.apply(invoke(key));
    send(partition, key, [errorMessage({ behavior: 1 })]);
    expect(started(partition.apply(signal(key, 1)))).toEqual([key]);
  });
});
