/** Failed attempts: the retry policy, its end, and what an endpoint may ask for (server.md §5.5). */
import { beforeEach, describe, expect, it } from "vitest";
import type { RetryPolicy } from "../registry.ts";
import { TIMER_RETRY } from "../rows/keys.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  actionKinds,
  attemptFailed,
  call,
  errorMessage,
  FAILURE,
  failure,
  finish,
  fire,
  fireNext,
  invoke,
  keyOf,
  run,
  send,
  started,
  value,
} from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const key = keyOf(1);
let partition: TestPartition;

function begin(retryPolicy: Partial<RetryPolicy> = {}): void {
  partition = new TestPartition({ registry: createRegistry({ retryPolicy }) });
  partition.apply(invoke(key));
}

beforeEach(() => begin());

/** The delay until the next attempt, with the random numbers at `fraction` of their range. */
function delayOf(fraction: number): number {
  partition.random = new Uint8Array(16).fill(Math.round(fraction * 255));
  partition.apply(attemptFailed(partition, key));
  return partition.get(key).nextRetryAt - partition.timeMs;
}

describe("the policy's delay", () => {
  it("grows by the factor up to its maximum, plus 3 ms to 30 % of it", () => {
    begin({ initialIntervalMs: 100, exponentiationFactor: 2, maxIntervalMs: 500, maxAttempts: 70 });
    for (const base of [100, 200, 400, 500, 500]) {
      const fraction = base === 200 ? 1 : 0;
      const delay = delayOf(fraction);
      expect(delay).toBeGreaterThanOrEqual(base + 3);
      expect(delay).toBeLessThanOrEqual(Math.ceil(base * 1.3));
      if (fraction === 0) expect(delay).toBe(base + 3);
      else expect(delay).toBeGreaterThan(base * 1.29);
      fireNext(partition);
    }
  });

  it("has a jitter of at least 3 ms, however short it is", () => {
    for (const fraction of [0, 0.5, 1]) {
      begin({ initialIntervalMs: 4 });
      expect(delayOf(fraction)).toBe(7);
    }
  });

  it("stays at its maximum after any number of attempts", () => {
    begin({
      initialIntervalMs: 10,
      exponentiationFactor: 1e300,
      maxIntervalMs: 50,
      maxAttempts: 99,
    });
    for (let i = 0; i < 5; i++) {
      const delay = delayOf(0);
      expect(delay).toBe(i === 0 ? 13 : 53);
      fireNext(partition);
    }
  });
});

describe("a failed attempt", () => {
  it("is recorded, ends the stream, and is followed by another one when its timer fires", () => {
    const applied = partition.apply(attemptFailed(partition, key));
    expect(actionKinds(applied)).toEqual(["stopAttempt", "setTimer"]);
    expect(applied.actions[0]).toMatchObject({ key, start: 1, reason: FAILURE.message });
    const { nextRetryAt } = partition.get(key);
    expect(partition.get(key)).toMatchObject({
      status: "invoked",
      starts: 2,
      retryCount: 1,
      retriesSinceEntry: 1,
      lastFailure: FAILURE,
    });
    expect(partition.timers()).toEqual([
      { timeMs: nextRetryAt, invocation: key, id: TIMER_RETRY, bornIn: 1 },
    ]);
    expect(started(fireNext(partition))).toEqual([key]);
    expect(partition.get(key)).toMatchObject({ nextRetryAt: 0, starts: 2 });
    expect(partition.timers()).toEqual([]);
  });

  it("keeps what its endpoint says about it", () => {
    send(partition, key, [
      run(1),
      errorMessage({
        code: 503,
        message: "E",
        stacktrace: "at x",
        relatedCommandIndex: 0,
        relatedCommandName: "r",
        relatedCommandType: 0x411,
      }),
    ]);
    expect(partition.get(key).lastFailure).toEqual({
      code: 503,
      message: "E",
      stacktrace: "at x",
      docCode: "RT0007",
      relatedCommandIndex: 0,
      relatedCommandName: "r",
      relatedCommandType: 0x411,
    });
    expect(partition.journal(key)).toHaveLength(1);
  });

  for (const [code, docCode] of [
    [570, "RT0016"],
    [571, "RT0012"],
    [572, "RT0007"],
    [500, "RT0007"],
  ] as const) {
    it(`with code ${code} is documented as ${docCode}`, () => {
      send(partition, key, [errorMessage({ code })]);
      expect(partition.get(key).lastFailure?.docCode).toBe(docCode);
    });
  }

  it("is refused when it belongs to an older start: nothing is written", () => {
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    partition.timeMs += 5;
    const before = partition.get(key);
    const stale = partition.apply(attemptFailed(partition, key, { start: 1 }));
    expect(stale.actions).toEqual([]);
    expect(stale.commit.writes).toEqual([]);
    expect(partition.get(key)).toEqual(before);
    for (const messages of [finish(), [run(1)], [errorMessage()]] as const) {
      const refused = send(partition, key, messages, { start: 1 });
      expect(refused.commit.writes).toEqual([]);
      expect(refused.actions).toEqual([]);
    }
  });

  it("of an invocation that is not there is refused", () => {
    const applied = partition.apply({
      kind: "attemptFailed",
      key: keyOf(77),
      start: 1,
      failure: FAILURE,
    });
    expect(applied.commit.writes).toEqual([]);
  });

  it("does not count against the SDK's own retries once an entry was stored", () => {
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    expect(partition.get(key).retriesSinceEntry).toBe(2);
    send(partition, key, [call(2)]);
    expect(partition.get(key)).toMatchObject({ retriesSinceEntry: 0, retryCount: 2 });
  });
});

describe("the last attempt", () => {
  it("pauses the invocation: no timer, no result", () => {
    begin({ maxAttempts: 2, onMaxAttempts: "pause" });
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    const applied = partition.apply(attemptFailed(partition, key));
    expect(partition.get(key)).toMatchObject({
      status: "paused",
      retryCount: 2,
      nextRetryAt: 0,
      lastFailure: FAILURE,
    });
    expect(partition.timers()).toEqual([]);
    expect(actionKinds(applied)).toEqual(["stopAttempt"]);
  });

  it("kills the invocation: its result is the last error's code and message", () => {
    begin({ maxAttempts: 2, onMaxAttempts: "kill" });
    send(partition, key, [errorMessage({ message: "first" })]);
    fireNext(partition);
    const applied = send(partition, key, [errorMessage({ code: 503, message: "E2" })]);
    expect(partition.get(key)).toMatchObject({
      status: "completed",
      output: failure(503, "E2"),
    });
    expect(applied.actions.at(-1)).toMatchObject({
      kind: "completed",
      key,
      outcome: failure(503, "E2"),
    });
  });

  it("comes at once with one attempt, and never with no limit", () => {
    for (const maxAttempts of [0, 1]) {
      begin({ maxAttempts });
      partition.apply(attemptFailed(partition, key));
      expect(partition.get(key).status).toBe("paused");
    }
    begin({ maxAttempts: undefined });
    for (let i = 0; i < 100; i++) {
      partition.apply(attemptFailed(partition, key));
      fireNext(partition);
    }
    expect(partition.get(key)).toMatchObject({ status: "invoked", retryCount: 100 });
  });

  it("is not put off by progress", () => {
    begin({ maxAttempts: 2 });
    send(partition, key, [call(2), errorMessage()]);
    fireNext(partition);
    send(partition, key, [call(4), errorMessage()]);
    expect(partition.get(key).status).toBe("paused");
  });

  it("is decided by the policy of the pinned deployment", () => {
    begin({ maxAttempts: 70 });
    send(partition, key, [call(2)]);
    const pinned = createRegistry({ retryPolicy: { maxAttempts: 1, onMaxAttempts: "kill" } });
    const newest = createRegistry({ retryPolicy: { maxAttempts: 99 } });
    partition.registry = { ...newest, revisionAt: pinned.revisionAt };
    partition.apply(attemptFailed(partition, key));
    expect(partition.get(key).status).toBe("completed");
  });
});

describe("a delay that the endpoint gives", () => {
  it("replaces the policy's, exactly, and does not use up one of its steps", () => {
    begin({ initialIntervalMs: 100, maxAttempts: 2 });
    for (let i = 0; i < 5; i++) {
      send(partition, key, [errorMessage({ nextRetryDelayMs: 12_345 })]);
      expect(partition.get(key).nextRetryAt - partition.timeMs).toBe(12_345);
      expect(partition.get(key).retryCount).toBe(0);
      fireNext(partition);
    }
    expect(delayOf(0)).toBe(103);
  });

  it("of zero means at once", () => {
    send(partition, key, [errorMessage({ nextRetryDelayMs: 0 })]);
    expect(partition.get(key).nextRetryAt).toBe(partition.timeMs);
    expect(started(fireNext(partition))).toEqual([key]);
  });

  it("may come from the transport", () => {
    partition.apply(attemptFailed(partition, key, { nextRetryDelayMs: 3000 }));
    expect(partition.get(key)).toMatchObject({
      nextRetryAt: partition.timeMs + 3000,
      retryCount: 0,
    });
  });
});

describe("a behaviour that the endpoint gives", () => {
  for (const version of [5, 6, 7] as const) {
    it(`pauses at once or fails, also on version ${version}`, () => {
      send(partition, key, [errorMessage({ behavior: 1 })], { version });
      expect(partition.get(key)).toMatchObject({ status: "paused", nextRetryAt: 0 });
      begin();
      const ended = send(
        partition,
        key,
        [errorMessage({ behavior: 2, code: 409, message: "no" })],
        {
          version,
        },
      );
      expect(partition.get(key)).toMatchObject({ status: "completed", output: failure(409, "no") });
      expect(actionKinds(ended)).toEqual(["stopAttempt", "completed"]);
    });
  }

  it("of the transport counts likewise", () => {
    partition.apply(attemptFailed(partition, key, { behavior: "pause" }));
    expect(partition.get(key).status).toBe("paused");
    begin();
    partition.apply(attemptFailed(partition, key, { behavior: "fail" }));
    expect(partition.get(key)).toMatchObject({
      status: "completed",
      output: failure(FAILURE.code, FAILURE.message),
    });
  });

  it("takes a parent's call with it: a failed child is the caller's failure", () => {
    send(partition, key, [call(2)]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    send(partition, child?.key ?? "", [errorMessage({ behavior: 2, code: 409, message: "no" })]);
    expect(partition.journal(key).at(-1)?.message).toMatchObject({
      kind: "callCompletion",
      result: failure(409, "no"),
    });
  });
});

describe("a paused invocation", () => {
  beforeEach(() => {
    send(partition, key, [call(2), errorMessage({ behavior: 1 })]);
  });

  it("stores what comes and does not go on", () => {
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    const applied = send(partition, child?.key ?? "", finish(value("late")));
    expect(started(applied)).toEqual([]);
    expect(actionKinds(applied)).toEqual(["completed"]);
    expect(partition.journal(key).at(-1)?.message).toMatchObject({ result: value("late") });
    expect(partition.get(key)).toMatchObject({ status: "paused", childrenSucceeded: 1 });
  });

  it("takes nothing from its ended attempt", () => {
    for (const start of [1, 2]) {
      expect(send(partition, key, finish(), { start }).commit.writes).toEqual([]);
    }
  });
});

describe("messages after the end of an attempt", () => {
  it("are ignored: what follows an error in its record is not stored", () => {
    send(partition, key, [errorMessage(), run(1), ...finish()]);
    expect(partition.journal(key)).toEqual([]);
    expect(partition.get(key)).toMatchObject({ status: "invoked", output: undefined });
  });

  it("an Input from an endpoint is a protocol error", () => {
    const input = { kind: "input", name: "", headers: [], value: new Uint8Array(0) } as const;
    send(partition, key, [run(1), input, ...finish()]);
    expect(partition.journal(key)).toHaveLength(1);
    expect(partition.get(key).lastFailure?.docCode).toBe("RT0012");
  });
});

describe("a retry timer", () => {
  it("of an older failure starts nothing and writes nothing but its own deletion", () => {
    partition.apply(attemptFailed(partition, key));
    const [old] = partition.timers();
    if (old === undefined) throw new Error("there is no timer");
    fire(partition, old);
    partition.apply(attemptFailed(partition, key));
    const before = partition.get(key);
    const applied = fire(partition, old);
    expect(started(applied)).toEqual([]);
    expect(applied.commit.writes).toHaveLength(1);
    expect(partition.get(key)).toEqual(before);
  });
});
