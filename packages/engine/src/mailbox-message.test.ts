/** Messages from the mailbox: in order, once each (design.md §2). */
import { partitionKeyOf, partitionOf } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import type { InvokeMessage, PartitionMessage } from "./partition-message.ts";
import { TestPartition } from "./testing/partition.ts";
import {
  allOf,
  anyOf,
  call,
  finish,
  invoke,
  keyOf,
  SVC,
  send,
  started,
  suspension,
  value,
} from "./testing/records.ts";

const FAR = 0xffff_ffff;
const caller = keyOf(50, FAR);

function request(to: string, options: Partial<InvokeMessage> = {}): InvokeMessage {
  return {
    kind: "invoke",
    to,
    fresh: false,
    target: SVC,
    idempotencyKey: "k",
    limitKey: "",
    headers: [],
    input: new Uint8Array(0),
    scheduledFor: 0,
    caller,
    callerBornIn: 4,
    completionId: 1,
    root: caller,
    ...options,
  };
}

function deliver(
  partition: TestPartition,
  message: PartitionMessage,
  commit: number,
  index = 0,
  source = 1,
) {
  return partition.apply({ kind: "message", source, sequence: { commit, index }, message });
}

function here(memory: "all" | "none" = "all"): TestPartition {
  return new TestPartition({ partition: 0, partitionCount: 2, memory });
}

describe("a message", () => {
  it("takes effect once: the same again leaves the mailbox and does nothing else", () => {
    for (const memory of ["all", "none"] as const) {
      const partition = here(memory);
      const key = keyOf(1);
      expect(started(deliver(partition, request(key), 5, 2))).toEqual([key]);
      const again = deliver(partition, request(key, { completionId: 2 }), 5, 2);
      expect(again.actions).toEqual([]);
      expect(again.commit.writes).toEqual([]);
      expect(again.commit.consumed).toEqual([{ source: 1, sequence: { commit: 5, index: 2 } }]);
      expect(partition.get(key).sinks).toEqual([]);
    }
  });

  it("that is older than the last one of its source does nothing; of another source it does", () => {
    const partition = here();
    deliver(partition, request(keyOf(1)), 5, 2);
    for (const [commit, index] of [
      [5, 1],
      [4, 9],
      [1, 0],
    ] as const) {
      expect(started(deliver(partition, request(keyOf(2)), commit, index))).toEqual([]);
    }
    expect(started(deliver(partition, request(keyOf(2)), 1, 0, 7))).toEqual([keyOf(2)]);
    expect(started(deliver(partition, request(keyOf(3)), 5, 3))).toEqual([keyOf(3)]);
    expect(started(deliver(partition, request(keyOf(4)), 6, 0))).toEqual([keyOf(4)]);
  });

  it("is consumed by the commit that holds its effect", () => {
    const { commit } = deliver(here(), request(keyOf(1)), 5, 2);
    expect(commit.consumed).toEqual([{ source: 1, sequence: { commit: 5, index: 2 } }]);
    expect(commit.writes.length).toBeGreaterThan(1);
  });
});

describe("a call into another partition", () => {
  it("is a message there and its result a message back; both in their commits", () => {
    const near = here();
    const parent = keyOf(1);
    near.apply(invoke(parent));
    let n = 0;
    const far = () => {
      send(near, parent, [call(2 + 2 * n, { idempotencyKey: `far${n++}` })]);
      return near.outbox.at(-1);
    };
    let sent = far();
    while (sent === undefined) sent = far();
    expect(sent.destination).toBe(1);
    const { message } = sent;
    expect(partitionOf(partitionKeyOf(message.to), 2)).toBe(1);
    const other = new TestPartition({ partition: 1, partitionCount: 2 });
    expect(started(deliver(other, message, 1, 0, 0))).toEqual([message.to]);
    send(other, message.to, finish(value("back")));
    const [answer] = other.outbox;
    expect(answer?.destination).toBe(0);
    if (answer === undefined || message.kind !== "invoke") throw new Error("there is no answer");
    send(near, parent, [suspension(anyOf(message.completionId))]);
    expect(started(deliver(near, answer.message, 1))).toEqual([parent]);
    expect(near.journal(parent).at(-1)?.message).toMatchObject({
      completionId: message.completionId,
      result: value("back"),
    });
  });

  it("of a completed invocation is answered from the store in at most three rounds", () => {
    const partition = here("none");
    const key = keyOf(1);
    deliver(partition, request(key), 1);
    send(partition, key, finish(value(new Uint8Array(100_000))));
    partition.outbox.length = 0;
    const applied = deliver(partition, request(key, { completionId: 9 }), 2);
    expect(applied.rounds).toBeLessThanOrEqual(3);
    expect(partition.outbox).toMatchObject([
      { destination: 1, message: { kind: "result", to: caller, bornIn: 4, completionId: 9 } },
    ]);
  });

  it("that joins a running one is answered with the others when that completes", () => {
    const partition = here();
    const key = keyOf(1);
    for (let completionId = 1; completionId <= 3; completionId++) {
      deliver(partition, request(key, { completionId }), completionId);
    }
    send(partition, key, finish());
    expect(partition.outbox.map(({ message }) => message)).toMatchObject([
      { completionId: 1 },
      { completionId: 2 },
      { completionId: 3 },
    ]);
  });

  it("of which a one-way call is the duplicate changes nothing", () => {
    const partition = here();
    const key = keyOf(1);
    deliver(partition, request(key), 1);
    const before = partition.get(key);
    partition.timeMs += 1;
    deliver(partition, request(key, { completionId: 0 }), 2);
    expect(partition.get(key)).toEqual(before);
  });
});

describe("a result", () => {
  it("for an invocation that is gone, completed or born again is dropped", () => {
    const partition = here();
    const [gone, done] = [keyOf(1), keyOf(2)];
    partition.apply(invoke(done));
    send(partition, done, finish());
    const before = partition.get(done);
    for (const [i, to] of [gone, done].entries()) {
      const result = {
        kind: "result",
        for: "call",
        to,
        bornIn: 1,
        completionId: 1,
        outcome: value("x"),
      } as const;
      const applied = deliver(partition, result, i + 1);
      expect(applied.actions).toEqual([]);
      expect(applied.effects.appends).toEqual([]);
    }
    expect(partition.get(done)).toEqual(before);
    const reborn = keyOf(3);
    partition.apply(invoke(reborn));
    const stale = {
      kind: "result",
      for: "call",
      to: reborn,
      bornIn: 1,
      completionId: 1,
      outcome: value("x"),
    } as const;
    deliver(partition, stale, 9);
    expect(partition.journal(reborn)).toEqual([]);
  });

  it("wakes a suspended caller whose tree it resolves, cold too, in at most three rounds", () => {
    const partition = here("none");
    const key = keyOf(1);
    partition.apply(invoke(key));
    const ids = Array.from({ length: 40 }, (_, i) => 1 + i * 3 + (i % 2));
    send(partition, key, [suspension(allOf(...ids))]);
    const { bornIn } = partition.get(key);
    const woken = ids.map((completionId, i) => {
      const result = {
        kind: "result",
        for: "call",
        to: key,
        bornIn,
        completionId,
        outcome: value("r"),
      } as const;
      const applied = deliver(partition, result, i + 1);
      expect(applied.rounds).toBeLessThanOrEqual(3);
      return started(applied).length;
    });
    expect(woken.indexOf(1)).toBe(39);
  });
});
