/** Who has an object, and who waits for it (server.md §5.1, §5.2). */
import { beforeEach, describe, expect, it } from "vitest";
import { objectOf } from "../testing/checks.ts";
import {
  mutateState,
  objectTarget,
  operate,
  sharedTarget,
  workflowTarget,
} from "../testing/commands.ts";
import { holderOf, objectId, stateOf } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  call,
  END,
  finish,
  fireNext,
  invoke,
  keyOf,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";
import { runTasks, tasksOf } from "../testing/tasks.ts";

const OBJECT = objectId("o");
const TARGET = objectTarget("o");
const [first, second, third] = [keyOf(1), keyOf(2), keyOf(3)];
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

function enter(...keys: readonly string[]): void {
  for (const key of keys) partition.apply(invoke(key, { target: TARGET }));
}

const statusOf = (key: string) => partition.invocation(key)?.status;

describe("an exclusive invocation", () => {
  it("has the object at once if nobody else has", () => {
    const applied = partition.apply(invoke(first, { target: TARGET }));
    expect(started(applied)).toEqual([first]);
    expect(holderOf(partition, OBJECT)).toBe(first);
  });

  it("waits for the one that has it, and starts in the record that completes that", () => {
    enter(first);
    expect(started(partition.apply(invoke(second, { target: TARGET })))).toEqual([]);
    expect(partition.get(second)).toMatchObject({ status: "inboxed", starts: 0, inboxSequence: 1 });
    expect(started(send(partition, first, finish()))).toEqual([second]);
    expect(partition.get(second)).toMatchObject({ status: "invoked", starts: 1, inboxSequence: 0 });
    expect(holderOf(partition, OBJECT)).toBe(second);
  });

  it("waits behind those who came before it", () => {
    enter(first, second, third);
    send(partition, first, finish());
    expect([second, third].map(statusOf)).toEqual(["invoked", "inboxed"]);
    send(partition, second, finish());
    expect(statusOf(third)).toBe("invoked");
  });

  it("keeps the object while it is suspended, backs off or is paused", () => {
    enter(first, second);
    send(partition, first, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect([first, second].map(statusOf)).toEqual(["suspended", "inboxed"]);
    fireNext(partition);
    partition.apply(attemptFailed(partition, first));
    expect(partition.get(first).nextRetryAt).toBeGreaterThan(0);
    expect(holderOf(partition, OBJECT)).toBe(first);
    partition.apply(operate(first, "pause"));
    expect([first, second].map(statusOf)).toEqual(["paused", "inboxed"]);
    expect(holderOf(partition, OBJECT)).toBe(first);
  });

  it("that is delayed takes it when its time has come, and waits then if it has to", () => {
    const scheduledFor = partition.timeMs + 10;
    partition.apply(invoke(first, { target: TARGET, scheduledFor }));
    expect(holderOf(partition, OBJECT)).toBeUndefined();
    enter(second);
    expect(started(fireNext(partition))).toEqual([]);
    expect(statusOf(first)).toBe("inboxed");
    expect(started(send(partition, second, finish()))).toEqual([first]);
  });

  it("that another one calls waits like any other", () => {
    const caller = keyOf(9);
    enter(first);
    partition.apply(invoke(caller));
    send(partition, caller, [call(2, { service: "Obj", handler: "add", key: "o" })]);
    const waiting = partition.invocations().filter((one) => one.status === "inboxed");
    expect(waiting).toHaveLength(1);
    const applied = send(partition, first, finish());
    expect(started(applied)).toEqual(waiting.map((one) => one.key));
  });

  it("leaves no row of the object behind when nobody waits and its state was never cleared", () => {
    enter(first);
    send(partition, first, finish());
    expect(objectOf(partition, OBJECT)).toBeUndefined();
  });
});

describe("an object", () => {
  it("of another key, scope or service is another object", () => {
    enter(first);
    const others = [objectTarget("p"), objectTarget("o", "sc"), objectTarget("")];
    for (const [i, target] of others.entries()) {
      expect(started(partition.apply(invoke(keyOf(10 + i), { target })))).toHaveLength(1);
    }
  });

  it("does not keep out shared handlers, nor a workflow of its name", () => {
    enter(first);
    expect(started(partition.apply(invoke(second, { target: sharedTarget("o") })))).toHaveLength(1);
    const workflow = invoke(third, { target: workflowTarget("o") });
    expect(started(partition.apply(workflow))).toHaveLength(1);
  });

  it("is not released by one that never had it", () => {
    enter(first, second);
    partition.apply(operate(second, "kill"));
    expect(holderOf(partition, OBJECT)).toBe(first);
  });

  it("is released by the end of its holder, however that ends", () => {
    const ends = [
      () => send(partition, first, finish()),
      () => partition.apply(operate(first, "kill")),
      () => partition.apply(attemptFailed(partition, first, { behavior: "fail" })),
    ];
    for (const end of ends) {
      partition = new TestPartition();
      enter(first, second);
      expect(started(end())).toEqual([second]);
    }
  });

  it("is not released by an attempt that fails for want of an Output", () => {
    enter(first, second);
    expect(started(send(partition, first, [END]))).toEqual([]);
    expect(holderOf(partition, OBJECT)).toBe(first);
  });
});

describe("those who give up", () => {
  it("leave places that the next one is found behind, in the same record while they are few", () => {
    enter(first, second, third);
    partition.apply(operate(second, "cancel"));
    expect(partition.invocation(second)).toBeUndefined();
    expect(started(send(partition, first, finish()))).toEqual([third]);
  });

  it("leave an empty inbox if nobody else waits", () => {
    enter(first, second, third);
    for (const key of [second, third]) partition.apply(operate(key, "cancel"));
    expect(started(send(partition, first, finish()))).toEqual([]);
    expect(objectOf(partition, OBJECT)).toBeUndefined();
    expect(started(partition.apply(invoke(keyOf(4), { target: TARGET })))).toEqual([keyOf(4)]);
  });

  it("are stepped over by a task where they are many; nobody gets in meanwhile", () => {
    const waiting = Array.from({ length: 100 }, (_, i) => keyOf(10 + i));
    enter(first, ...waiting);
    for (const key of waiting.slice(0, 99)) partition.apply(operate(key, "cancel"));
    const last = waiting.at(-1) ?? "";
    expect(started(send(partition, first, finish()))).toEqual([]);
    expect(holderOf(partition, OBJECT)).toBe("task");
    expect(tasksOf(partition).map(({ task }) => task.kind)).toEqual(["unlock"]);
    enter(second);
    expect(statusOf(second)).toBe("inboxed");
    const steps = runTasks(partition);
    expect(steps.flatMap(started)).toEqual([last]);
    expect(steps.length).toBeGreaterThan(1);
    expect(holderOf(partition, OBJECT)).toBe(last);
    send(partition, last, finish());
    expect(holderOf(partition, OBJECT)).toBe(second);
  });

  it("do not make a task hold the object for ever if none is left behind them", () => {
    const waiting = Array.from({ length: 70 }, (_, i) => keyOf(10 + i));
    enter(first, ...waiting);
    for (const key of waiting) partition.apply(operate(key, "cancel"));
    send(partition, first, finish());
    runTasks(partition, 2);
    expect(objectOf(partition, OBJECT)).toBeUndefined();
  });
});

describe("changes of state that wait", () => {
  it("take effect in their turn, between those who came before and after", () => {
    enter(first);
    partition.apply(mutateState("o", { a: "1" }));
    enter(second);
    partition.apply(mutateState("o", { a: "2" }));
    expect(stateOf(partition, OBJECT)).toEqual({});
    expect(started(send(partition, first, finish()))).toEqual([second]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "1" });
    send(partition, second, finish());
    expect(stateOf(partition, OBJECT)).toEqual({ a: "2" });
    expect(holderOf(partition, OBJECT)).toBeUndefined();
  });

  it("that are many are left to a task after the first few", () => {
    enter(first);
    for (let i = 0; i < 10; i++) partition.apply(mutateState("o", { a: `${i}` }));
    enter(second);
    expect(started(send(partition, first, finish()))).toEqual([]);
    expect(holderOf(partition, OBJECT)).toBe("task");
    const steps = runTasks(partition);
    expect(steps.flatMap(started)).toEqual([second]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "9" });
  });
});
