/** Requests with an id that exists already, and asking for a result (server.md §5.3). */
import { beforeEach, describe, expect, it } from "vitest";
import type { EngineRecord } from "../records.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  bytes,
  errorMessage,
  failure,
  finish,
  invoke,
  keyOf,
  patterned,
  send,
  sleep,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const key = keyOf(1);
const accepted = { name: "accepted" };
const result = { name: "result" };
const again = { fresh: false, idempotencyKey: "k", accepted, result } as const;
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

describe("a request", () => {
  it("is accepted, and who wants the result waits for it", () => {
    const applied = partition.apply(invoke(key, again));
    expect(applied.actions.map((action) => action.kind)).toEqual([
      "start",
      "accepted",
      "awaitResult",
    ]);
    expect(applied.actions[1]).toMatchObject({
      kind: "accepted",
      waiter: accepted,
      key,
      scheduledFor: 0,
      duplicate: false,
    });
    expect(applied.actions[2]).toEqual({ kind: "awaitResult", waiter: result, key });
  });

  it("that nobody waits for tells nobody", () => {
    expect(partition.apply(invoke(key)).actions.map((action) => action.kind)).toEqual(["start"]);
  });
});

describe("a duplicate", () => {
  it("starts nothing, changes nothing and waits for the one result", () => {
    partition.apply(invoke(key, again));
    const before = partition.get(key);
    partition.timeMs += 1000;
    const applied = partition.apply(invoke(key, { ...again, input: patterned(9000) }));
    expect(started(applied)).toEqual([]);
    expect(applied.commit.writes).toEqual([]);
    expect(partition.get(key)).toEqual(before);
    expect(applied.actions).toEqual([
      { kind: "accepted", waiter: accepted, key, scheduledFor: 0, duplicate: true },
      { kind: "awaitResult", waiter: result, key },
    ]);
  });

  it("of a scheduled invocation is told when that one is due", () => {
    partition.apply(invoke(key, { ...again, scheduledFor: 1_800_000_000_000 }));
    const applied = partition.apply(invoke(key, { ...again, scheduledFor: 1_900_000_000_000 }));
    expect(applied.actions[0]).toMatchObject({ duplicate: true, scheduledFor: 1_800_000_000_000 });
    expect(partition.timers()).toHaveLength(1);
  });

  it("of a completed invocation gets the stored result and learns until when it is kept", () => {
    partition.apply(invoke(key, again));
    send(partition, key, finish(value("kept")));
    const { completedAt, completionRetentionMs } = partition.get(key);
    partition.timeMs += 5000;
    const applied = partition.apply(invoke(key, again));
    expect(applied.actions[1]).toMatchObject({
      kind: "answer",
      waiter: result,
      key,
      answer: {
        kind: "completed",
        outcome: { kind: "success", value: { kind: "inline", bytes: bytes("kept") } },
        expiresAt: completedAt + completionRetentionMs,
      },
    });
    expect(applied.commit.writes).toEqual([]);
  });

  it("of a completed invocation with a large result gets to know where it lies", () => {
    partition.apply(invoke(key, again));
    send(partition, key, finish(value(patterned(100_000))));
    const applied = partition.apply(invoke(key, again));
    expect(applied.actions[1]).toMatchObject({
      answer: { outcome: { kind: "success", value: { kind: "stored", length: 100_000 } } },
    });
  });
});

describe("asking for a result", () => {
  const waiter = {};
  const ask = (mode: "attach" | "output"): EngineRecord => ({ kind: "attach", key, waiter, mode });

  it("of an unknown invocation is answered so, in either way", () => {
    for (const mode of ["attach", "output"] as const) {
      expect(partition.apply(ask(mode)).actions).toEqual([
        { kind: "answer", waiter, key, answer: { kind: "notFound" } },
      ]);
    }
  });

  it("attach waits, output is answered at once, in every status before the end", () => {
    const statuses: readonly (() => void)[] = [
      () => partition.apply(invoke(key)),
      () => send(partition, key, [sleep(1, 9e12), suspension(anyOf(1))]),
    ];
    for (const reach of statuses) {
      reach();
      expect(partition.apply(ask("attach")).actions).toEqual([
        { kind: "awaitResult", waiter, key },
      ]);
      expect(partition.apply(ask("output")).actions).toEqual([
        { kind: "answer", waiter, key, answer: { kind: "notReady" } },
      ]);
    }
    expect(partition.get(key).status).toBe("suspended");
  });

  it("of a scheduled or a paused invocation is no different", () => {
    partition.apply(invoke(key, { scheduledFor: 9e12 }));
    expect(partition.apply(ask("output")).actions).toMatchObject([
      { answer: { kind: "notReady" } },
    ]);
    const paused = new TestPartition();
    paused.apply(invoke(key));
    send(paused, key, [errorMessage({ behavior: 1 })]);
    expect(paused.get(key).status).toBe("paused");
    expect(paused.apply(ask("attach")).actions).toMatchObject([{ kind: "awaitResult" }]);
    expect(paused.apply(ask("output")).actions).toMatchObject([{ answer: { kind: "notReady" } }]);
  });

  it("of a completed invocation gives its result, a failure too", () => {
    partition.apply(invoke(key));
    send(partition, key, finish(failure(418, "tea")));
    for (const mode of ["attach", "output"] as const) {
      const applied = partition.apply(ask(mode));
      expect(applied.actions).toMatchObject([
        { answer: { kind: "completed", outcome: failure(418, "tea") } },
      ]);
      expect(applied.commit.writes).toEqual([]);
    }
  });
});
