/** Suspending, and what ends it (server.md §1.6 rule 9). */
import { Combinator, type Future } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeAwaitTree } from "../model/await-tree.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  allOf,
  anyOf,
  attemptFailed,
  call,
  failure,
  finish,
  fire,
  fireNext,
  future,
  invoke,
  keyOf,
  propose,
  run,
  send,
  sleep,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const key = keyOf(1);
const FAR = 9_000_000_000_000;
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

/** Suspends the invocation over sleeps with the ids 1 to `count` that are due one after the other. */
function suspendOverSleeps(count: number, tree: Future): void {
  const sleeps = Array.from({ length: count }, (_, i) => sleep(i + 1, FAR + i));
  send(partition, key, [...sleeps, suspension(tree)]);
}

function complete(id: number): boolean {
  const timer = partition.timers().find((candidate) => candidate.id === id);
  if (timer === undefined) throw new Error(`there is no timer ${id}`);
  return started(fire(partition, timer)).includes(key);
}

describe("a wait set, as versions 5 and 6 have it,", () => {
  const any = (...ids: readonly number[]) => future(Combinator.unknown, ids);

  it("resumes with any of its members and starts once", () => {
    suspendOverSleeps(3, any(1, 2));
    expect(partition.get(key)).toMatchObject({ status: "suspended", starts: 1 });
    expect(complete(3)).toBe(false);
    expect(complete(2)).toBe(true);
    expect(partition.get(key)).toMatchObject({ status: "invoked", starts: 2 });
    expect(complete(1)).toBe(false);
  });

  it("resumes with a failure too", () => {
    send(partition, key, [call(2), suspension(any(2, 9))]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    if (child === undefined) throw new Error("there is no child");
    expect(started(send(partition, child.key, finish(failure(500, "no"))))).toEqual([key]);
  });
});

describe("a tree", () => {
  it("of all resumes with the last of them, in any order", () => {
    suspendOverSleeps(3, allOf(1, 2, 3));
    expect([complete(3), complete(1), complete(2)]).toEqual([false, false, true]);
  });

  it("of a first that is nested in an all waits for both", () => {
    suspendOverSleeps(3, future(Combinator.allCompleted, [1], [anyOf(2, 3)]));
    expect([complete(3), complete(2), complete(1)]).toEqual([false, false, true]);
  });

  it("that is too large for the header is kept in a row of its own, and works the same", () => {
    const scattered = [1, 2, 5, 7, 12, 13, 19, 25, 26, 40, 41, 55, 57, 70, 76, 80, 90, 99];
    const nested = scattered.map((id) => future(Combinator.firstCompleted, [id, id + 1000]));
    const tree = future(Combinator.allCompleted, [], nested);
    const sleeps = scattered.map((id) => sleep(id, FAR + id));
    send(partition, key, [...sleeps, suspension(tree)]);
    expect(partition.get(key).awaiting).toBeUndefined();
    partition.forget();
    const woken = scattered.map((id) => complete(id));
    expect(woken.lastIndexOf(true)).toBe(scattered.length - 1);
    expect(woken.filter(Boolean)).toHaveLength(1);
  });

  it("is folded in place: a notification reads nothing that is in memory", () => {
    suspendOverSleeps(3, allOf(1, 2, 3));
    const rounds = [1, 2, 3].map((id) => {
      const [timer] = partition.timers().filter((candidate) => candidate.id === id);
      if (timer === undefined) throw new Error("there is no timer");
      return fire(partition, timer).rounds;
    });
    expect(rounds).toEqual([0, 0, 0]);
  });

  it("survives that everything about it is forgotten between any two notifications", () => {
    const cold = new TestPartition({ memory: "none" });
    partition = cold;
    cold.apply(invoke(key));
    suspendOverSleeps(4, future(Combinator.allCompleted, [1, 2], [anyOf(3, 4)]));
    expect([complete(4), complete(2), complete(3), complete(1)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(cold.roundsMax).toBeLessThanOrEqual(3);
  });

  it("that is nested too deep pauses the invocation with RT0025", () => {
    let tree = anyOf(1);
    for (let depth = 0; depth < 1000; depth++) tree = future(Combinator.firstCompleted, [], [tree]);
    send(partition, key, [sleep(1, FAR), suspension(tree)]);
    expect(partition.get(key)).toMatchObject({
      status: "paused",
      lastFailure: { docCode: "RT0025" },
    });
  });

  it("nested as deep as is allowed is awaited", () => {
    let tree = anyOf(1);
    for (let depth = 1; depth < 1000; depth++) tree = future(Combinator.firstCompleted, [], [tree]);
    suspendOverSleeps(1, tree);
    partition.forget();
    expect(partition.get(key).status).toBe("suspended");
    expect(complete(1)).toBe(true);
  });

  it("that names nothing is a protocol error", () => {
    for (const tree of [
      anyOf(),
      allOf(),
      future(Combinator.allCompleted, [], [anyOf(), allOf()]),
    ]) {
      const own = new TestPartition();
      own.apply(invoke(key));
      send(own, key, [suspension(tree)]);
      expect(own.get(key)).toMatchObject({ status: "invoked", lastFailure: { docCode: "RT0012" } });
    }
  });
});

describe("signals", () => {
  it("are awaited beside completions, by index and by name, through storing and reading", () => {
    const tree: Future = { ...anyOf(1), signals: [17], namedSignals: ["go"] };
    send(partition, key, [sleep(1, FAR), suspension(tree)]);
    const encoded = partition.get(key).awaiting ?? new Uint8Array(0);
    expect(decodeAwaitTree(encoded)).toMatchObject({
      signals: [{ start: 17, count: 1 }],
      namedSignals: ["go"],
    });
    partition.forget();
    expect(complete(1)).toBe(true);
  });
});

describe("what has come already", () => {
  it("resumes the invocation at once, in the same record", () => {
    send(partition, key, [sleep(1, FAR)]);
    fireNext(partition);
    const applied = send(partition, key, [suspension(anyOf(1))]);
    expect(started(applied)).toEqual([key]);
    expect(partition.get(key)).toMatchObject({ status: "invoked", starts: 2, awaiting: undefined });
  });

  it("counts when it comes earlier in the same record", () => {
    const applied = send(partition, key, [run(1), propose(1, value("x")), suspension(allOf(1))]);
    expect(started(applied)).toEqual([key]);
  });

  it("counts when it is a result that the same record asks for", () => {
    const idempotencyKey = "k";
    send(partition, key, [call(2, { idempotencyKey })]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    send(partition, child?.key ?? "", finish());
    const applied = send(partition, key, [call(4, { idempotencyKey }), suspension(anyOf(4))]);
    expect(started(applied)).toEqual([key]);
    expect(partition.get(key).status).toBe("invoked");
  });

  it("leaves the rest of the tree open", () => {
    suspendOverSleeps(2, allOf(1, 2));
    expect(complete(1)).toBe(false);
    partition.forget();
    expect(complete(2)).toBe(true);
    const applied = send(partition, key, [sleep(3, FAR), suspension(allOf(1, 2, 3))]);
    expect(started(applied)).toEqual([]);
    expect(complete(3)).toBe(true);
  });

  it("is read from the journal when it is not in memory", () => {
    const cold = new TestPartition({ memory: "none" });
    cold.apply(invoke(key));
    send(cold, key, [sleep(1, FAR), sleep(2, FAR)]);
    fireNext(cold);
    const applied = send(cold, key, [suspension(anyOf(1, 3))]);
    expect(started(applied)).toEqual([key]);
    expect(applied.rounds).toBeLessThanOrEqual(3);
  });

  it("includes a call's invocation id", () => {
    const applied = send(partition, key, [call(2), suspension(anyOf(1))]);
    expect(started(applied)).toContain(key);
  });
});

describe("a suspended invocation", () => {
  it("resumes once for many notifications in one record", () => {
    const idempotencyKey = "k";
    send(partition, key, [
      call(2, { idempotencyKey }),
      call(4, { idempotencyKey }),
      suspension(allOf(2, 4)),
    ]);
    const [child] = partition.invocations().filter((invocation) => invocation.key !== key);
    const applied = send(partition, child?.key ?? "", finish());
    expect(started(applied)).toEqual([key]);
    const [start] = applied.actions.filter((action) => action.kind === "start");
    expect(start?.invocation.journalLength).toBe(partition.get(key).journalLength);
    expect(partition.get(key).starts).toBe(2);
  });

  it("takes nothing from the attempt that has ended", () => {
    suspendOverSleeps(1, anyOf(1));
    const before = partition.get(key);
    const applied = send(partition, key, finish(), { start: 1 });
    expect(applied.commit.writes).toEqual([]);
    expect(partition.get(key)).toEqual(before);
  });

  it("begins its retries anew", () => {
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    expect(partition.get(key).retryCount).toBe(1);
    suspendOverSleeps(1, anyOf(1));
    expect(partition.get(key)).toMatchObject({ retryCount: 0, lastFailure: undefined });
  });
});
