import { beforeEach, describe, expect, it } from "vitest";
import { framed, TestPartition } from "../testing/partition.ts";
import { attempt, failure, invoke, keyOf, propose, run, send, value } from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

describe("a run", () => {
  it("is stored without effect; its proposed result completes it", () => {
    const first = send(partition, key, [run(1)]);
    expect(first.actions).toEqual([]);
    send(partition, key, [propose(1, value("done"))]);
    expect(partition.journal(key).map((entry) => entry.message)).toEqual([
      run(1),
      { kind: "runCompletion", completionId: 1, result: value("done") },
    ]);
  });

  it("takes a failure as its result", () => {
    send(partition, key, [run(1), propose(1, failure(400, "bad"))]);
    expect(partition.journal(key).at(-1)?.message).toMatchObject({ result: failure(400, "bad") });
  });

  it("is not needed: a proposal without one is stored too", () => {
    send(partition, key, [propose(9, value("x"))]);
    expect(partition.journal(key).map((entry) => entry.message.kind)).toEqual(["runCompletion"]);
  });

  it("does not count as a command when it is proposed", () => {
    send(partition, key, [run(1), propose(1, value("x"))]);
    expect(partition.get(key)).toMatchObject({
      commandCount: 2,
      notificationCount: 1,
      journalLength: 3,
    });
  });

  it("proposed or stored, tells the SDK's own retries that there was progress", () => {
    for (const message of [run(1), propose(1, value("x"))]) {
      const { starts: start } = partition.get(key);
      const code = { code: 500, message: "x", stacktrace: "", docCode: "RT0007" };
      partition.apply({ kind: "attemptFailed", key, start, failure: code });
      expect(partition.get(key).retriesSinceEntry).toBe(1);
      partition.timeMs += 100_000;
      send(partition, key, [message]);
      expect(partition.get(key)).toMatchObject({
        retriesSinceEntry: 0,
        lastEntryAt: partition.timeMs,
      });
    }
  });
});

describe("the attempt that proposed a result", () => {
  for (const version of [5, 6, 7] as const) {
    for (const requestAck of [false, true]) {
      const acknowledged = version === 7 && requestAck;
      const what = acknowledged ? "an acknowledgement" : "the result itself";
      const asks = requestAck ? "and asked for an acknowledgement" : "";
      it(`gets ${what} on version ${version} ${asks}`, () => {
        const applied = send(partition, key, [run(1), propose(1, value("x"), requestAck)], {
          version,
        });
        expect(applied.actions).toMatchObject([
          {
            kind: "notify",
            key,
            start: 1,
            index: 2,
            message: { kind: "runCompletion", completionId: 1 },
            ackOfRun: acknowledged ? 1 : undefined,
          },
        ]);
        const replayed = partition.journal(key, version).at(-1)?.message;
        expect(replayed).toMatchObject({ kind: "runCompletion", result: value("x") });
      });
    }
  }
});

describe("an acknowledged command", () => {
  for (const version of [5, 6, 7] as const) {
    it(`is answered on version ${version}; the stored frame carries no flag`, () => {
      const message = { ...run(1), requestAck: true } as const;
      for (const item of [framed(message, version), { message, frame: undefined }]) {
        const at = partition.get(key).commandCount;
        const applied = partition.apply({
          ...attempt(partition, key, [], { version }),
          items: [item],
        });
        expect(applied.actions).toEqual([{ kind: "ackCommand", key, start: 1, commandIndex: at }]);
        for (const { frame } of applied.effects.appends) {
          expect([frame[2], frame[3]]).toEqual([0, 0]);
        }
      }
      const [first, second] = partition.journal(key, version);
      expect(first?.message).toEqual(second?.message);
    });
  }

  it("leaves the endpoint's own frame as it is", () => {
    const item = framed({ ...run(1), requestAck: true } as never, 7);
    const before = item.frame?.slice();
    partition.apply({ ...attempt(partition, key, []), items: [item] });
    expect(item.frame).toEqual(before);
  });
});
