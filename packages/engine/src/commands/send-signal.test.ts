/** SendSignal: to any invocation, by name or index (server.md §5.7, §5.10). */
import { beforeEach, describe, expect, it } from "vitest";
import { sendSignal, VOID } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  failure,
  finish,
  invoke,
  keyOf,
  run,
  send,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const from = keyOf(1);
const to = keyOf(2);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(from));
  partition.apply(invoke(to));
});

function signals(key: string): unknown[] {
  return partition
    .journal(key)
    .flatMap(({ message }) => (message.kind === "signal" ? [message] : []));
}

const awaiting = (signals: readonly number[], namedSignals: readonly string[] = []) =>
  suspension({ combinator: 1, completions: [], signals, namedSignals, nested: [] });

describe("a signal", () => {
  it("lands in the journal of the other, by name or by index, with its result", () => {
    send(partition, from, [
      sendSignal(to, "go", value("v")),
      sendSignal(to, 17, failure(400, "no")),
      sendSignal(to, "bare"),
    ]);
    expect(signals(to)).toEqual([
      { kind: "signal", signalName: "go", result: value("v") },
      { kind: "signal", signalIndex: 17, result: failure(400, "no") },
      { kind: "signal", signalName: "bare", result: VOID },
    ]);
    expect(partition.get(to).notificationCount).toBe(3);
  });

  it("wakes one that awaits it, and none that awaits another", () => {
    send(partition, to, [awaiting([18], ["go"])]);
    expect(started(send(partition, from, [sendSignal(to, "other")]))).toEqual([]);
    expect(started(send(partition, from, [sendSignal(to, 17)]))).toEqual([]);
    expect(started(send(partition, from, [sendSignal(to, "go")]))).toEqual([to]);
  });

  it("that comes before the suspension resolves it at once, unless the attempt had it", () => {
    send(partition, from, [sendSignal(to, 17)]);
    expect(started(send(partition, to, [awaiting([17])], { given: 0 }))).toEqual([to]);
    expect(started(send(partition, to, [awaiting([17])], { given: 1 }))).toEqual([]);
    expect(started(send(partition, from, [sendSignal(to, 17)]))).toEqual([to]);
  });

  it("is stored as often as it is sent", () => {
    send(partition, from, [sendSignal(to, 17), sendSignal(to, 17)]);
    expect(signals(to)).toHaveLength(2);
  });

  it("for oneself is stored after the command", () => {
    send(partition, from, [sendSignal(from, "me"), run(1)]);
    expect(partition.journal(from).map(({ message }) => message.kind)).toEqual([
      "sendSignal",
      "run",
      "signal",
    ]);
  });

  it("for one that has completed, or never was, is dropped without a word", () => {
    send(partition, to, finish());
    const before = partition.get(to);
    send(partition, from, [sendSignal(to, 17), sendSignal(keyOf(99), 17), run(1)]);
    expect(partition.get(to)).toEqual(before);
    expect(partition.journal(from)).toHaveLength(3);
    expect(partition.get(from).lastFailure).toBeUndefined();
  });

  it("of index 1 cancels, like an operator's cancel", () => {
    send(partition, to, [awaiting([1])]);
    expect(started(send(partition, from, [sendSignal(to, 1)]))).toEqual([to]);
    expect(partition.get(to).cancelIndex).toBe(1);
  });

  it("for what is no invocation id fails the attempt, and nothing from it on is stored", () => {
    const broken = { ...sendSignal(to, 17), targetInvocationId: "inv_nonsense" } as const;
    send(partition, from, [run(1), broken as never, run(2)]);
    expect(partition.journal(from)).toHaveLength(1);
    expect(partition.get(from).lastFailure).toMatchObject({ docCode: "RT0017", code: 500 });
  });

  it("to another partition is a message there", () => {
    const near = new TestPartition({ partition: 0, partitionCount: 2 });
    near.apply(invoke(from));
    const there = keyOf(2, 0xffff_ffff);
    send(near, from, [sendSignal(there, "go", value("v"))]);
    const result = value("v");
    expect(near.outbox).toEqual([
      {
        destination: 1,
        message: {
          kind: "signal",
          to: there,
          signal: { kind: "signal", signalName: "go", result },
        },
      },
    ]);
  });
});
