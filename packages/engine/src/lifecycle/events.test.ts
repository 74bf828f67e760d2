/** Events: what an operator wants to know of an invocation that its journal does not tell. */
import { beforeEach, describe, expect, it } from "vitest";
import { decodeEvent, EVENT_ATTEMPTS_MAX, eventRange } from "../rows/event-row.ts";
import { payloadRange } from "../rows/keys.ts";
import { TestPartition } from "../testing/partition.ts";
import { attemptFailed, FAILURE, fireNext, invoke, keyOf, run, send } from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition({
    registry: createRegistry({ retryPolicy: { maxAttempts: 500 } }),
  });
  partition.apply(invoke(key));
});

function failWith(message: string): void {
  const record = attemptFailed(partition, key);
  partition.apply({ ...record, failure: { ...FAILURE, message } });
  if (partition.get(key).status === "invoked") fireNext(partition);
}

const events = () =>
  partition.rows
    .scan(eventRange(key))
    .map(({ value }) => decodeEvent(value))
    .sort((a, b) => a.at - b.at || a.start - b.start);

describe("events", () => {
  it("tell each failure with its attempt, its instant and where the journal stood", () => {
    const at = partition.timeMs;
    failWith("no route");
    failWith("timed out");
    expect(events()).toMatchObject([
      { kind: "failed", at, start: 1, afterEntry: 0, failure: { ...FAILURE, message: "no route" } },
      { kind: "failed", start: 2, failure: { message: "timed out" } },
    ]);
  });

  it("tell the first of attempts that fail alike, and the one after another failure", () => {
    for (const message of ["a", "a", "a", "b", "a"]) failWith(message);
    const told = events().map((event) => event.kind === "failed" && event.failure.message);
    expect(told).toEqual(["a", "b", "a"]);
    expect(events().map(({ start }) => start)).toEqual([1, 4, 5]);
  });

  it("tell that it was paused", () => {
    partition = new TestPartition({
      registry: createRegistry({ retryPolicy: { maxAttempts: 1 } }),
    });
    partition.apply(invoke(key));
    failWith("no");
    expect(partition.get(key).status).toBe("paused");
    expect(events().map(({ kind }) => kind)).toEqual(["failed", "paused"]);
  });

  it("are bounded, however often it fails in different ways; the newest are there", () => {
    for (let i = 0; i < EVENT_ATTEMPTS_MAX + 10; i++) failWith(`failure ${i}`);
    const told = events();
    expect(told).toHaveLength(EVENT_ATTEMPTS_MAX);
    expect(told.at(-1)).toMatchObject({
      failure: { message: `failure ${EVENT_ATTEMPTS_MAX + 9}` },
    });
  });

  it("do not cost an invocation that runs without a failure a row", () => {
    send(partition, key, [run(1)]);
    expect(partition.rows.scan(payloadRange(key))).toEqual([]);
  });
});
