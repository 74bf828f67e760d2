/** The end of an invocation: who is told, and what is left of it. */
import { beforeEach, describe, expect, it } from "vitest";
import { Tag } from "../rows/keys.ts";
import { decodeExpiryList } from "../rows/list-rows.ts";
import { objectTarget } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  actionKinds,
  anyOf,
  call,
  END,
  errorMessage,
  failure,
  finish,
  fireNext,
  invoke,
  keyOf,
  oneWayCall,
  output,
  patterned,
  run,
  send,
  sleep,
  started,
  suspension,
  value,
} from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const key = keyOf(1);
const DAY = 86_400_000;
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

function retentionLists(): string[] {
  return partition.rows
    .tagged(Tag.expiry)
    .flatMap(({ value: list }) => decodeExpiryList(list).map((entry) => entry.what));
}

describe("a completed invocation", () => {
  it("takes nothing any more", () => {
    send(partition, key, finish());
    const before = partition.get(key);
    for (const messages of [finish(value("again")), [run(1)], [errorMessage()]] as const) {
      const applied = send(partition, key, messages);
      expect(applied.actions).toEqual([]);
      expect(applied.commit.writes).toEqual([]);
    }
    expect(partition.get(key)).toEqual(before);
  });

  it("ignores the results of calls that come later: nothing is written", () => {
    send(partition, key, [call(2), call(4), ...finish()]);
    partition.timeMs += 1000;
    const before = partition.get(key);
    const children = partition.invocations().filter((invocation) => invocation.key !== key);
    for (const child of children) {
      const { effects } = send(partition, child.key, finish());
      expect(effects.writes.map((write) => write.key)).toEqual([child.key]);
    }
    expect(partition.get(key)).toEqual(before);
  });

  it("does not hold back the End of one that ignores what it awaits", () => {
    send(partition, key, [sleep(1, 9e12), suspension(anyOf(1))]);
    expect(partition.get(key).status).toBe("suspended");
    fireNext(partition);
    send(partition, key, finish());
    expect(partition.get(key)).toMatchObject({ status: "completed", awaiting: undefined });
  });
});

describe("the result", () => {
  it("goes to the caller that made it, in the same record within the partition", () => {
    send(partition, key, [call(2), suspension(anyOf(2))]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    const applied = send(partition, child?.key ?? "", finish(value("r")));
    expect(actionKinds(applied)).toEqual(["completed", "start"]);
    expect(started(applied)).toEqual([key]);
  });

  it("goes to another partition as a message", () => {
    const split = new TestPartition({ partition: 0, partitionCount: 2 });
    const far = keyOf(7, 0xffff_ffff);
    split.apply({
      kind: "message",
      source: 1,
      sequence: { commit: 1, index: 0 },
      message: {
        kind: "invoke",
        to: key,
        fresh: true,
        target: { service: "Svc", handler: "work", key: "", handlerKind: "service" },
        idempotencyKey: undefined,
        limitKey: "",
        headers: [],
        input: new Uint8Array(0),
        scheduledFor: 0,
        caller: far,
        callerBornIn: 8,
        completionId: 5,
        root: far,
      },
    });
    send(split, key, finish(failure(409, "no")));
    expect(split.outbox).toEqual([
      {
        destination: 1,
        message: {
          kind: "result",
          for: "call",
          to: far,
          bornIn: 8,
          completionId: 5,
          outcome: failure(409, "no"),
        },
      },
    ]);
  });

  it("of a one-way call goes nowhere", () => {
    send(partition, key, [oneWayCall(1)]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    const applied = send(partition, child?.key ?? "", finish());
    expect(actionKinds(applied)).toEqual(["completed"]);
    expect(partition.journal(key)).toHaveLength(2);
  });

  it("is not read back if the same record brought it, and is if it lies in rows", () => {
    const large = value(patterned(70_000));
    const cold = new TestPartition({ memory: "none" });
    for (const [n, messages] of [
      [2, [[output(large), END]]],
      [3, [[output(large)], [END]]],
    ] as const) {
      const own = keyOf(n);
      cold.apply(invoke(own));
      let rounds = 0;
      for (const record of messages) rounds = send(cold, own, record).rounds;
      expect(rounds).toBe(n === 2 ? 0 : 1);
      expect(cold.get(own).status).toBe("completed");
    }
  });
});

describe("what is kept", () => {
  it("is listed for its retention by the batch that completed it", () => {
    const applied = send(partition, key, finish());
    expect(applied.effects.completed).toEqual([{ key, bornIn: 1 }]);
    expect(applied.effects.expiries).toEqual([
      { key, bornIn: 1, what: "header", entries: 0, atMs: partition.timeMs + DAY },
    ]);
    expect(retentionLists()).toEqual(["header"]);
  });

  it("has its journal listed apart when that goes earlier", () => {
    partition.registry = createRegistry({ settings: { journalRetentionMs: 60_000 } });
    const keyed = keyOf(2);
    partition.apply(invoke(keyed, { idempotencyKey: "k" }));
    const applied = send(partition, keyed, [run(1), ...finish()]);
    expect(applied.effects.expiries).toEqual([
      { key: keyed, bornIn: 2, what: "journal", atMs: partition.timeMs + 60_000 },
      { key: keyed, bornIn: 2, what: "invocation", atMs: partition.timeMs + DAY },
    ]);
  });

  it("is listed for the next sweep when nothing is to be kept", () => {
    partition.registry = createRegistry({ settings: { journalRetentionMs: 0 } });
    for (const [entries, messages] of [finish(), [run(1), ...finish()]].entries()) {
      const gone = keyOf(partition.batch + 10);
      partition.apply(invoke(gone));
      const { bornIn } = partition.get(gone);
      const applied = send(partition, gone, messages);
      expect(applied.effects.expiries).toEqual([
        { key: gone, bornIn, what: "header", entries, atMs: partition.timeMs },
      ]);
    }
  });

  it("is listed as a whole if more than its header and a short journal may hang on it", () => {
    const listed = (
      messages: Parameters<typeof send>[2],
      options: Parameters<typeof invoke>[1],
    ) => {
      const own = keyOf(partition.batch + 10);
      partition.apply(invoke(own, options));
      return send(partition, own, messages).effects.expiries.at(-1)?.what;
    };
    const runs = (count: number) => Array.from({ length: count }, (_, i) => run(1 + i));
    expect(listed([...runs(3), ...finish()], {})).toBe("header");
    expect(listed([...runs(4), ...finish()], {})).toBe("invocation");
    expect(listed(finish(), { idempotencyKey: "k" })).toBe("invocation");
    expect(listed(finish(), { input: new Uint8Array(5000) })).toBe("invocation");
    expect(listed(finish(value(new Uint8Array(5000))), {})).toBe("invocation");
    expect(listed(finish(), { target: objectTarget("o") })).toBe("invocation");
  });
});
