import type { Outcome } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { PayloadKind } from "../rows/keys.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  attemptFailed,
  END,
  failure,
  finish,
  fireNext,
  invoke,
  keyOf,
  output,
  patterned,
  run,
  send,
  started,
  value,
} from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

/** The result as a caller of the same id would get it, read back from the store. */
function resultForCaller(): Outcome {
  const caller = keyOf(99);
  partition.apply(invoke(caller));
  partition.apply({
    kind: "message",
    source: 1,
    sequence: { commit: 1, index: 0 },
    message: {
      kind: "invoke",
      to: key,
      fresh: false,
      target: partition.get(key).target,
      idempotencyKey: undefined,
      limitKey: "",
      headers: [],
      input: new Uint8Array(0),
      scheduledFor: 0,
      caller,
      callerBornIn: partition.get(caller).bornIn,
      completionId: 1,
      root: caller,
    },
  });
  const last = partition.journal(caller).at(-1)?.message;
  if (last?.kind !== "callCompletion") throw new Error("the caller got no result");
  return last.result as Outcome;
}

describe("one Output and End", () => {
  it("complete the invocation; the Output is kept in the header alone", () => {
    const applied = send(partition, key, finish(value("out")));
    expect(partition.get(key)).toMatchObject({
      status: "completed",
      completedAt: partition.timeMs,
      outputInHeader: true,
      journalLength: 2,
      commandCount: 2,
      hasJournalRows: false,
    });
    expect(partition.journal(key)).toEqual([]);
    expect(applied.actions).toMatchObject([{ kind: "completed", key, outcome: value("out") }]);
    expect(resultForCaller()).toEqual(value("out"));
  });

  it("complete with a failure and its metadata", () => {
    const outcome = {
      kind: "failure",
      failure: { code: 418, message: "tea", metadata: [{ key: "k", value: "v" }] },
    } as const;
    send(partition, key, finish(outcome));
    expect(partition.get(key).output).toEqual(outcome);
    expect(resultForCaller()).toEqual(outcome);
  });

  it("in two records: the Output is in the journal, so that a retry would see it", () => {
    send(partition, key, [output(value("out"))]);
    expect(partition.get(key)).toMatchObject({ status: "invoked", outputInHeader: false });
    expect(partition.journal(key).map((entry) => entry.message.kind)).toEqual(["output"]);
    const applied = send(partition, key, [END]);
    expect(applied.actions).toMatchObject([{ kind: "completed", key, outcome: value("out") }]);
    expect(resultForCaller()).toEqual(value("out"));
  });

  it("take an empty value", () => {
    send(partition, key, finish(value("")));
    expect(resultForCaller()).toEqual(value(""));
  });
});

describe("two Outputs", () => {
  const pairs: readonly (readonly [string, Outcome, Outcome])[] = [
    ["small and small", value("first"), value("second")],
    ["a value and a failure", value("first"), failure(500, "second")],
    ["a failure and a value", failure(500, "first"), value("second")],
    ["large and small", value(patterned(5000)), value("second")],
    ["small and large", value("first"), value(patterned(5000, 2))],
    ["large and larger", value(patterned(5000)), value(patterned(1_500_000, 2))],
    ["three chunks and two", value(patterned(2_500_000)), value(patterned(1_500_000, 2))],
    ["three chunks and a failure", value(patterned(2_500_000)), failure(500, "second")],
  ];
  for (const [what, first, second] of pairs) {
    for (const how of ["in one record", "in records of their own"] as const) {
      it(`${what} ${how}: the last one wins`, () => {
        if (how === "in one record") {
          send(partition, key, [output(first), ...finish(second)]);
        } else {
          for (const message of [output(first), output(second), END]) {
            send(partition, key, [message]);
          }
        }
        expect(partition.get(key).status).toBe("completed");
        const result = resultForCaller();
        expect(same(result, second)).toBe(true);
        expect(partition.get(key).commandCount).toBe(3);
      });
    }
  }

  it("large and shorter: the rows of the output hold the second and nothing else", () => {
    const second = patterned(1_500_000, 2);
    send(partition, key, [output(value(patterned(2_500_000)))]);
    send(partition, key, finish(value(second)));
    expect(partition.payload(key, PayloadKind.output)).toHaveLength(second.length);
  });
});

/** Without the diff of megabytes that an assertion on the bytes would print. */
function same(left: Outcome, right: Outcome): boolean {
  if (left.kind === "value" && right.kind === "value") {
    return Buffer.compare(left.value, right.value) === 0;
  }
  return JSON.stringify(left) === JSON.stringify(right);
}

describe("an Output without its End", () => {
  it("is not the result yet: after a crash the next attempt replays it and ends", () => {
    send(partition, key, [run(1), output(value("out"))]);
    partition.apply(attemptFailed(partition, key));
    expect(partition.get(key).status).toBe("invoked");
    partition.forget();
    expect(started(fireNext(partition))).toEqual([key]);
    expect(partition.journal(key).map((entry) => entry.message.kind)).toEqual(["run", "output"]);
    const applied = send(partition, key, [END]);
    expect(applied.actions).toMatchObject([{ kind: "completed", key, outcome: value("out") }]);
  });

  it("can be replaced by the next attempt", () => {
    send(partition, key, [output(value("out"))]);
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    send(partition, key, finish(value("better")));
    expect(resultForCaller()).toEqual(value("better"));
  });
});

describe("an End without an Output", () => {
  it("is a protocol error: the attempt fails with RT0012 and is retried", () => {
    send(partition, key, [END]);
    expect(partition.get(key)).toMatchObject({
      status: "invoked",
      lastFailure: { docCode: "RT0012" },
    });
    expect(partition.timers()).toHaveLength(1);
  });
});
