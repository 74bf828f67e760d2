/** Steps of tasks: each may come twice, or too late (design: tasks are taken up again after a crash). */
import { beforeEach, describe, expect, it } from "vitest";
import type { TaskStep } from "../records.ts";
import { taskName } from "../rows/task-row.ts";
import { CLEAR_ALL_STATE, objectTarget, operate, restart, setState } from "../testing/commands.ts";
import { holderOf, objectId, stateRowCount } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import { call, finish, invoke, keyOf, run, send } from "../testing/records.ts";
import { runTasks, stepOf, tasksOf } from "../testing/tasks.ts";

const key = keyOf(1);
const OBJECT = objectId("o");
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

const step = (name: string, what: TaskStep) =>
  partition.apply({ kind: "taskPage", task: "step", name, step: what });

const STEPS: readonly TaskStep[] = [
  { kind: "kill", from: 1, children: [keyOf(7)], next: undefined },
  { kind: "purge", rows: [], more: false },
  { kind: "purgeJournal", rows: [], more: false },
  { kind: "clear", generation: 1, rows: [], more: false },
  { kind: "copy", from: 1, frames: [], next: undefined, isLost: false },
  { kind: "unlock" },
];

describe("a step of a task that is done, or never was", () => {
  for (const what of STEPS) {
    it(`changes nothing: ${what.kind}`, () => {
      partition.apply(invoke(key));
      partition.apply(invoke(keyOf(7)));
      const before = partition.rows.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) });
      for (const name of ["k", "p", "j", "c", "r", "u"]) {
        const applied = step(name + (what.kind === "clear" ? OBJECT : key), what);
        expect(applied.actions).toEqual([]);
      }
      const after = partition.rows.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) });
      expect(after).toEqual(before);
    });
  }
});

describe("clearing state", () => {
  beforeEach(() => {
    partition.apply(invoke(key, { target: objectTarget("o") }));
    send(partition, key, [setState("a", "1"), setState("b", "1"), CLEAR_ALL_STATE]);
  });

  it("goes on when a step was taken before the state was cleared again", () => {
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    const early = stepOf(partition, task);
    send(partition, key, [setState("c", "1"), CLEAR_ALL_STATE]);
    partition.apply(early);
    expect(tasksOf(partition)).toMatchObject([{ task: { kind: "clear", generation: 2 } }]);
    runTasks(partition);
    expect(stateRowCount(partition, OBJECT)).toBe(0);
  });

  it("does not touch what was written after it", () => {
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    const early = stepOf(partition, task);
    send(partition, key, [setState("a", "2")]);
    partition.apply(early);
    runTasks(partition, 2);
    expect(stateRowCount(partition, OBJECT)).toBe(1);
  });
});

describe("unlocking", () => {
  it("an object that an invocation has got meanwhile is left alone", () => {
    partition.apply(invoke(key, { target: objectTarget("o") }));
    const unlock = taskName({ kind: "unlock", instance: OBJECT });
    step(unlock, { kind: "unlock" });
    expect(holderOf(partition, OBJECT)).toBe(key);
  });
});

describe("copying", () => {
  it("does nothing to an invocation that has started", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), run(2), run(3), ...finish()]);
    partition.apply(operate(key, restart(3)));
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    const first = stepOf(partition, task);
    runTasks(partition);
    const fresh = partition.invocations().find((one) => one.restartedFrom === key);
    expect(fresh).toMatchObject({ status: "invoked", journalLength: 4 });
    partition.apply(first);
    expect(partition.get(fresh?.key ?? "")).toEqual(fresh);
  });
});

describe("killing children", () => {
  it("a page at a time, in the order of the journal", () => {
    partition.apply(invoke(key));
    send(partition, key, [call(2), call(4), call(6)]);
    const children = partition.invocations().filter((one) => one.key !== key);
    partition.apply(operate(key, "kill"));
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    partition.apply(stepOf(partition, task));
    const left = children.filter(({ key: child }) => partition.get(child).status === "invoked");
    expect(left).toHaveLength(1);
    expect(tasksOf(partition)).toMatchObject([{ task: { kind: "kill" } }]);
    runTasks(partition);
    expect(tasksOf(partition)).toEqual([]);
  });
});
