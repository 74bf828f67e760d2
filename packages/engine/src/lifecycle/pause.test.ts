/** Pause (server.md §5.8). */
import { beforeEach, describe, expect, it } from "vitest";
import { objectTarget, operate, operated, resultOf } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  finish,
  fire,
  fireNext,
  invoke,
  keyOf,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

const held = (start: number) => ({ kind: "attemptHeld", key, start }) as const;
const status = () => partition.get(key).status;

describe("pausing what runs", () => {
  it("asks its attempt to suspend, and is done when it has", () => {
    const applied = partition.apply(operate(key, "pause"));
    expect(resultOf(applied)).toEqual({ kind: "requested" });
    expect(applied.actions).toMatchObject([
      { kind: "suspendAttempt", key, start: 1 },
      { kind: "operated" },
    ]);
    expect(partition.get(key)).toMatchObject({ status: "invoked", pausing: true });
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(partition.get(key)).toMatchObject({
      status: "paused",
      pausing: false,
      awaiting: undefined,
      journalLength: 2,
    });
    expect(started(fireNext(partition))).toEqual([]);
    expect(partition.get(key)).toMatchObject({ status: "paused", notificationCount: 1 });
  });

  it("is done by a failure of the attempt as well", () => {
    partition.apply(operate(key, "pause"));
    const applied = partition.apply(attemptFailed(partition, key));
    expect(status()).toBe("paused");
    expect(partition.timers()).toEqual([]);
    expect(applied.actions.map((action) => action.kind)).toEqual(["stopAttempt"]);
    expect(partition.get(key)).toMatchObject({ nextRetryAt: 0, starts: 2 });
  });

  it("is done when the invoker says that there is no attempt", () => {
    partition.apply(operate(key, "pause"));
    partition.apply(held(0));
    expect(status()).toBe("invoked");
    partition.apply(held(1));
    expect(status()).toBe("paused");
  });

  it("does not keep it from completing", () => {
    partition.apply(operate(key, "pause"));
    send(partition, key, finish());
    expect(partition.get(key)).toMatchObject({ status: "completed", pausing: false });
  });

  it("does not keep its code from failing it", () => {
    partition.apply(operate(key, "pause"));
    partition.apply(attemptFailed(partition, key, { behavior: "fail" }));
    expect(status()).toBe("completed");
  });

  it("is asked for twice without harm", () => {
    partition.apply(operate(key, "pause"));
    expect(operated(partition, key, "pause")).toEqual({ kind: "requested" });
    partition.apply(held(1));
    expect(operated(partition, key, "pause")).toEqual({ kind: "done" });
  });
});

describe("pausing what does not run", () => {
  it("is done at once where it is suspended; what comes then does not wake it", () => {
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(operated(partition, key, "pause")).toEqual({ kind: "done" });
    expect(partition.get(key)).toMatchObject({ status: "paused", awaiting: undefined });
    expect(started(fireNext(partition))).toEqual([]);
  });

  it("is done at once where it backs off; its timer does not start it", () => {
    partition.apply(attemptFailed(partition, key));
    const [timer] = partition.timers();
    expect(operated(partition, key, "pause")).toEqual({ kind: "done" });
    expect(partition.get(key)).toMatchObject({ status: "paused", nextRetryAt: 0 });
    if (timer === undefined) throw new Error("there is no timer");
    expect(fire(partition, timer).actions).toEqual([]);
    expect(partition.get(key).lastFailure).toBeDefined();
  });

  it("is refused where it has not started, has completed, or never was", () => {
    const later = keyOf(2);
    partition.apply(invoke(later, { scheduledFor: partition.timeMs + 5 }));
    expect(operated(partition, later, "pause")).toMatchObject({ reason: "notStarted" });
    const [holder, waiting] = [keyOf(3), keyOf(4)];
    for (const one of [holder, waiting]) {
      partition.apply(invoke(one, { target: objectTarget("o") }));
    }
    expect(operated(partition, waiting, "pause")).toMatchObject({ reason: "notStarted" });
    send(partition, key, finish());
    expect(operated(partition, key, "pause")).toMatchObject({ reason: "completed" });
    expect(operated(partition, keyOf(99), "pause")).toMatchObject({ reason: "notFound" });
  });
});

describe("word that there is no attempt", () => {
  it("means nothing for one that nobody wants paused", () => {
    expect(partition.apply(held(1)).commit.writes).toEqual([]);
    expect(status()).toBe("invoked");
  });
});

describe("a partition that opens anew", () => {
  it("starts what was to be paused, so that the invoker can say that it is not running", () => {
    partition.apply(operate(key, "pause"));
    const applied = partition.apply({ kind: "recover", keys: [key] });
    expect(started(applied)).toEqual([key]);
    expect(applied.actions).toMatchObject([{ invocation: { pausing: true } }]);
  });
});
