/** Kill: the end of an invocation and of all that it called (server.md §5.7). */
import { beforeEach, describe, expect, it } from "vitest";
import {
  objectTarget,
  operate,
  operated,
  resultOf,
  setState,
  signal,
} from "../testing/commands.ts";
import { objectId, stateOf } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  call,
  errorMessage,
  failure,
  finish,
  fire,
  invoke,
  keyOf,
  oneWayCall,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";
import { runTasks, stepOf, tasksOf } from "../testing/tasks.ts";

const key = keyOf(1);
const KILLED = failure(409, "killed");
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

const childrenOf = (parent: string) =>
  partition
    .invocations()
    .filter(({ caller }) => caller.kind === "invocation" && caller.key === parent)
    .map((one) => one.key);

const statuses = (keys: readonly string[]) => keys.map((one) => partition.invocation(one)?.status);

describe("a kill", () => {
  it("stops the attempt and completes the invocation with its failure", () => {
    const applied = partition.apply(operate(key, "kill"));
    expect(resultOf(applied)).toEqual({ kind: "done" });
    expect(applied.actions).toMatchObject([
      { kind: "stopAttempt", key, start: 1 },
      { kind: "completed", key, outcome: KILLED },
      { kind: "operated" },
    ]);
    expect(partition.get(key)).toMatchObject({ status: "completed", output: KILLED });
    expect(applied.effects.expiries).toHaveLength(1);
  });

  it("is for whatever the invocation is in: suspended, paused, backing off", () => {
    const ways = [
      () => send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]),
      () => send(partition, key, [errorMessage({ behavior: 1 })]),
      () => partition.apply(attemptFailed(partition, key)),
    ];
    for (const way of ways) {
      partition = new TestPartition();
      partition.apply(invoke(key));
      way();
      expect(operated(partition, key, "kill")).toEqual({ kind: "done" });
      expect(partition.get(key)).toMatchObject({
        status: "completed",
        nextRetryAt: 0,
        awaiting: undefined,
        output: KILLED,
      });
      for (const timer of partition.timers()) expect(fire(partition, timer).actions).toEqual([]);
    }
  });

  it("keeps what was applied, and refuses what the attempt still sends", () => {
    const target = objectTarget("o");
    const holder = keyOf(2);
    partition.apply(invoke(holder, { target }));
    send(partition, holder, [setState("a", "1")]);
    partition.apply(operate(holder, "kill"));
    send(partition, holder, [setState("a", "2"), ...finish()], { start: 1 });
    expect(stateOf(partition, objectId("o"))).toEqual({ a: "1" });
    expect(partition.get(holder).output).toEqual(KILLED);
  });

  it("passes its failure on to the caller", () => {
    send(partition, key, [call(2), suspension(anyOf(2))]);
    const [child = ""] = childrenOf(key);
    expect(started(partition.apply(operate(child, "kill")))).toEqual([key]);
    expect(partition.journal(key).at(-1)?.message).toMatchObject({ result: KILLED });
  });

  it("of what has not started removes it", () => {
    const later = keyOf(3);
    partition.apply(invoke(later, { scheduledFor: partition.timeMs + 5 }));
    expect(operated(partition, later, "kill")).toEqual({ kind: "done" });
    expect(partition.invocation(later)).toBeUndefined();
  });

  it("of what has not started and has been signalled leaves it to retention", () => {
    const later = keyOf(3);
    partition.apply(invoke(later, { scheduledFor: partition.timeMs + 5 }));
    partition.apply(signal(later, 17));
    const applied = partition.apply(operate(later, "kill"));
    expect(partition.get(later)).toMatchObject({ status: "completed", output: KILLED });
    expect(applied.effects.expiries).toHaveLength(1);
  });

  it("is refused for what has completed or never was", () => {
    send(partition, key, finish());
    expect(operated(partition, key, "kill")).toMatchObject({ reason: "completed" });
    expect(operated(partition, keyOf(99), "kill")).toMatchObject({ reason: "notFound" });
  });
});

describe("the children of a killed invocation", () => {
  it("are killed with theirs, called or sent to, started or not, a few at a time", () => {
    const target = { service: "Obj", handler: "add", key: "o" };
    partition.apply(invoke(keyOf(9), { target: objectTarget("o") }));
    send(partition, key, [
      call(2),
      oneWayCall(3),
      oneWayCall(4, { invokeTime: partition.timeMs + 1000 }),
      call(6, target),
      call(8),
    ]);
    const children = childrenOf(key);
    expect(children).toHaveLength(5);
    const [first = ""] = children;
    send(partition, first, [call(2)]);
    const [grandchild = ""] = childrenOf(first);
    const [done = ""] = children.slice(-1);
    send(partition, done, finish());
    const before = partition.get(done);
    partition.apply(operate(key, "kill"));
    expect(statuses(children)).toContain("invoked");
    expect(runTasks(partition).length).toBeGreaterThan(3);
    expect(statuses([grandchild, first])).toEqual(["completed", "completed"]);
    const alive = partition.invocations().filter((one) => one.status !== "completed");
    expect(alive.map((one) => one.key)).toEqual([keyOf(9)]);
    expect(partition.get(done)).toEqual(before);
  });

  it("are killed although a step is done twice, or comes late", () => {
    send(partition, key, [call(2), call(4), call(6), call(8), call(10)]);
    partition.apply(operate(key, "kill"));
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    const early = stepOf(partition, task);
    runTasks(partition, 2);
    expect(statuses(childrenOf(key))).toEqual(Array.from({ length: 5 }, () => "completed"));
    expect(partition.apply(early).actions).toEqual([]);
    expect(tasksOf(partition)).toEqual([]);
  });

  it("are none, and need no task, if it has called nobody", () => {
    partition.apply(operate(key, "kill"));
    expect(tasksOf(partition)).toEqual([]);
  });

  it("in another partition get a message", () => {
    const near = new TestPartition({ partition: 0, partitionCount: 2 });
    near.apply(invoke(key));
    for (let n = 0; near.outbox.length === 0; n++) {
      send(near, key, [call(2 + 2 * n, { idempotencyKey: `far${n}` })]);
    }
    near.apply(operate(key, "kill"));
    runTasks(near);
    const [invoked, killed] = near.outbox.map(({ message }) => message);
    expect(killed).toEqual({ kind: "kill", to: invoked?.to });
  });

  it("give their objects to those who wait", () => {
    const target = objectTarget("o");
    send(partition, key, [call(2, { service: "Obj", handler: "add", key: "o" })]);
    partition.apply(invoke(keyOf(5), { target }));
    partition.apply(operate(key, "kill"));
    expect(runTasks(partition).flatMap(started)).toEqual([keyOf(5)]);
  });

  it("that wait behind one another for one object all go", () => {
    const target = { service: "Obj", handler: "add", key: "o" };
    send(partition, key, [call(2, target), call(4, target), call(6, target)]);
    const children = childrenOf(key);
    partition.apply(operate(key, "kill"));
    runTasks(partition);
    for (const status of statuses(children)) expect([undefined, "completed"]).toContain(status);
    expect(partition.rows.tagged("q".charCodeAt(0))).toEqual([]);
  });
});
