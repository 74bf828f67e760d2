/** Cancel: a signal for what runs, the end of what has not started (server.md §5.4, §5.7). */
import { beforeEach, describe, expect, it } from "vitest";
import { TIMER_START } from "../rows/keys.ts";
import {
  attachTo,
  objectTarget,
  operate,
  operated,
  resultOf,
  signal,
  VOID,
} from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  call,
  errorMessage,
  failure,
  finish,
  fire,
  fireNext,
  invoke,
  keyOf,
  patterned,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

const CANCEL = { kind: "signal", signalIndex: 1, result: VOID } as const;
const CANCELED = failure(409, "canceled");

/** Suspends awaiting these completions, or the cancel signal, as SDKs do. */
const awaitOr = (...ids: readonly number[]) => suspension({ ...anyOf(...ids), signals: [1] });

describe("cancelling what runs", () => {
  beforeEach(() => {
    partition.apply(invoke(key));
  });

  it("sends its open attempt the cancel signal, and leaves the rest to its code", () => {
    const applied = partition.apply(operate(key, "cancel"));
    expect(resultOf(applied)).toEqual({ kind: "requested" });
    expect(applied.actions).toMatchObject([
      { kind: "notify", key, start: 1, index: 1, message: CANCEL },
      { kind: "operated" },
    ]);
    expect(partition.get(key)).toMatchObject({ status: "invoked", cancelIndex: 1 });
    expect(partition.journal(key)[0]?.message).toEqual(CANCEL);
  });

  it("wakes it from a suspension that names the signal, and from no other", () => {
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(started(partition.apply(operate(key, "cancel")))).toEqual([]);
    expect(partition.get(key).status).toBe("suspended");
    fireNext(partition);
    send(partition, key, [sleep(2, partition.timeMs + 5), awaitOr(2)], { given: 3 });
    expect(partition.get(key).status).toBe("suspended");
    expect(started(partition.apply(operate(key, "cancel")))).toEqual([key]);
  });

  it("is a signal each time", () => {
    for (let i = 1; i <= 3; i++) {
      partition.apply(operate(key, "cancel"));
      expect(partition.get(key)).toMatchObject({ cancelIndex: i, notificationCount: i });
    }
  });

  it("resumes a paused one, whose code has to run to end", () => {
    send(partition, key, [errorMessage({ behavior: 1 })]);
    expect(partition.get(key).status).toBe("paused");
    const applied = partition.apply(operate(key, "cancel"));
    expect(resultOf(applied)).toEqual({ kind: "requested" });
    expect(started(applied)).toEqual([key]);
    expect(partition.journal(key)).toHaveLength(1);
  });

  it("does not bring the next attempt of one that backs off forward", () => {
    partition.apply(attemptFailed(partition, key));
    expect(started(partition.apply(operate(key, "cancel")))).toEqual([]);
    expect(started(fireNext(partition))).toEqual([key]);
  });
});

describe("a cancel that crosses a suspension", () => {
  beforeEach(() => {
    partition.apply(invoke(key));
    send(partition, key, [sleep(1, partition.timeMs + 5)]);
    partition.apply(operate(key, "cancel"));
  });

  it("resumes it if the attempt had not been given the signal", () => {
    expect(started(send(partition, key, [awaitOr(1)], { given: 1 }))).toEqual([key]);
  });

  it("does not if it had: the SDK has taken it, and awaits the next", () => {
    expect(started(send(partition, key, [awaitOr(1)], { given: 2 }))).toEqual([]);
    expect(started(partition.apply(operate(key, "cancel")))).toEqual([key]);
  });

  it("is told apart also when everything has to be read back", () => {
    send(partition, key, [awaitOr(1)], { given: 2 });
    partition.forget();
    expect(started(partition.apply(signal(key, 17)))).toEqual([]);
    partition.forget();
    expect(started(fireNext(partition))).toEqual([key]);
  });
});

describe("cancelling what has not started", () => {
  it("removes a scheduled one with its timer and its input; its key is free", () => {
    const scheduledFor = partition.timeMs + 1000;
    partition.apply(invoke(key, { fresh: false, scheduledFor, input: patterned(5000) }));
    const applied = partition.apply(operate(key, "cancel"));
    expect(resultOf(applied)).toEqual({ kind: "done" });
    expect(applied.actions).toContainEqual(
      expect.objectContaining({ kind: "completed", key, outcome: CANCELED }),
    );
    expect(applied.effects.completed).toEqual([{ key, bornIn: 1 }]);
    const left = partition.rows.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) });
    // The restart list of its batch is the processor's to delete.
    expect(left.map((row) => String.fromCharCode(row.key[0] ?? 0))).toEqual(["a"]);
    const again = partition.apply(invoke(key, { fresh: false, accepted: {} }));
    expect(again.actions).toContainEqual(
      expect.objectContaining({ kind: "accepted", duplicate: false }),
    );
  });

  it("is not undone by its timer, should that fire all the same", () => {
    const scheduledFor = partition.timeMs + 1000;
    partition.apply(invoke(key, { scheduledFor }));
    partition.apply(operate(key, "cancel"));
    const timer = { timeMs: scheduledFor, invocation: key, id: TIMER_START, bornIn: 1 };
    expect(fire(partition, timer).actions).toEqual([]);
    expect(partition.invocation(key)).toBeUndefined();
  });

  it("removes one that waits for its object", () => {
    const target = objectTarget("o");
    partition.apply(invoke(keyOf(9), { target }));
    partition.apply(invoke(key, { target }));
    expect(operated(partition, key, "cancel")).toEqual({ kind: "done" });
    expect(partition.invocation(key)).toBeUndefined();
    expect(started(send(partition, keyOf(9), finish()))).toEqual([]);
  });

  it("fails those who wait for its result", () => {
    const caller = keyOf(2);
    partition.apply(invoke(keyOf(9), { target: objectTarget("o") }));
    partition.apply(invoke(caller));
    send(partition, caller, [call(2, { service: "Obj", handler: "add", key: "o" })]);
    const [waiting] = partition.invocations().filter((one) => one.status === "inboxed");
    const child = waiting?.key ?? "";
    send(partition, caller, [attachTo(3, child), suspension(anyOf(2))]);
    expect(started(partition.apply(operate(child, "cancel")))).toEqual([caller]);
    const results = partition
      .journal(caller)
      .flatMap(({ message }) =>
        "result" in message && message.result.kind === "failure" ? [message] : [],
      );
    expect(results.map(({ kind, result }) => [kind, result])).toEqual([
      ["callCompletion", CANCELED],
      ["attachInvocationCompletion", CANCELED],
    ]);
    expect(partition.get(caller).childrenFailed).toBe(1);
  });
});

describe("cancelling what is not there", () => {
  it("is refused for one that has completed, and for one that never was", () => {
    partition.apply(invoke(key));
    send(partition, key, finish());
    const before = partition.get(key);
    expect(operated(partition, key, "cancel")).toMatchObject({ reason: "completed" });
    expect(partition.get(key)).toEqual(before);
    expect(operated(partition, keyOf(99), "cancel")).toMatchObject({ reason: "notFound" });
  });
});
