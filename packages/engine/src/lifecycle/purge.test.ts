/** Purge: what is kept of a completed invocation goes before its time (server.md §5.2, §5.4). */
import { beforeEach, describe, expect, it } from "vitest";
import { invocationRows } from "../rows/invocation-row.ts";
import { journalRange, PayloadKind, payloadRange } from "../rows/keys.ts";
import { promiseRange } from "../rows/promise-row.ts";
import {
  CLEAR_ALL_STATE,
  completePromise,
  operate,
  operated,
  queryTarget,
  resultOf,
  setState,
  workflowTarget,
} from "../testing/commands.ts";
import { stateOf, stateRowCount, workflowId } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  call,
  finish,
  invoke,
  keyOf,
  patterned,
  propose,
  run,
  send,
  sleep,
  suspension,
  value,
} from "../testing/records.ts";
import { runTasks, stepOf, tasksOf } from "../testing/tasks.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

/** Completes `key` with a journal of several segments, a large entry, input and output. */
function completed(): void {
  partition.apply(invoke(key, { fresh: false, input: patterned(3000) }));
  for (let i = 1; i <= 8; i++) send(partition, key, [run(i)]);
  send(partition, key, [propose(1, value(patterned(100_000)))]);
  send(partition, key, finish(value(patterned(5000))));
}

function rowsLeft(of = key): number {
  const ranges = [journalRange(of), payloadRange(of)];
  return ranges.reduce((sum, range) => sum + partition.rows.scan(range).length, 0);
}

describe("a purge", () => {
  it("deletes all that there is, a page at a time, and says when it has", () => {
    completed();
    expect(operated(partition, key, "purge")).toEqual({ kind: "requested" });
    expect(partition.get(key).status).toBe("completed");
    const steps = runTasks(partition);
    expect(steps.length).toBeGreaterThan(3);
    expect(partition.invocation(key)).toBeUndefined();
    expect(rowsLeft()).toBe(0);
    const told = steps.map(({ actions }) => actions.map((action) => action.kind));
    expect(told.flat()).toEqual(["removed"]);
    expect(told.at(-1)).toEqual(["removed"]);
  });

  it("keeps the result for those who ask until the last page", () => {
    completed();
    partition.apply(operate(key, "purge"));
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    partition.apply(stepOf(partition, task));
    expect(partition.payload(key, PayloadKind.output)).toEqual(patterned(5000));
    expect(partition.payload(key, PayloadKind.input)).toEqual(patterned(3000));
  });

  it("frees the id", () => {
    completed();
    partition.apply(operate(key, "purge"));
    runTasks(partition);
    const again = partition.apply(invoke(key, { fresh: false, accepted: {} }));
    expect(again.actions).toContainEqual(
      expect.objectContaining({ kind: "accepted", duplicate: false }),
    );
  });

  it("can be asked for twice, and each step be done twice", () => {
    completed();
    partition.apply(operate(key, "purge"));
    expect(operated(partition, key, "purge")).toEqual({ kind: "requested" });
    expect(tasksOf(partition)).toHaveLength(1);
    runTasks(partition, 3);
    expect(rowsLeft()).toBe(0);
    expect(partition.invocation(key)).toBeUndefined();
  });

  it("of what has not completed is refused with what to do", () => {
    partition.apply(invoke(key));
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(operated(partition, key, "purge")).toMatchObject({
      reason: "notCompleted",
      message: "it is suspended: cancel or kill it first",
    });
    expect(operated(partition, keyOf(99), "purge")).toMatchObject({ reason: "notFound" });
  });

  it("of one whose children are being killed waits until they are: its journal names them", () => {
    partition.apply(invoke(key));
    send(partition, key, [call(2)]);
    partition.apply(operate(key, "kill"));
    for (const what of ["purge", "purgeJournal"] as const) {
      expect(operated(partition, key, what)).toMatchObject({ reason: "busy" });
    }
    runTasks(partition);
    expect(operated(partition, key, "purge")).toEqual({ kind: "requested" });
  });

  it("whose task finds another life of the id does nothing but say that it is done", () => {
    completed();
    partition.apply(operate(key, "purge"));
    const [task] = tasksOf(partition);
    if (task?.task.kind !== "purge") throw new Error("there is no task");
    const { name } = task;
    const step = { kind: "purge", rows: [], more: false } as const;
    const before = partition.get(key);
    const reborn = { ...before, bornIn: before.bornIn + 100 };
    partition.rows.write({ key: invocationRows.rowKey(key), value: invocationRows.encode(reborn) });
    partition.forget();
    const applied = partition.apply({ kind: "taskPage", task: "step", name, step });
    expect(applied.actions).toEqual([{ kind: "removed", key, what: "invocation" }]);
    expect(partition.get(key)).toEqual(reborn);
    expect(tasksOf(partition)).toEqual([]);
  });
});

describe("a purge of the journal", () => {
  it("keeps the result and the input", () => {
    completed();
    partition.apply(operate(key, "purgeJournal"));
    runTasks(partition);
    expect(partition.get(key)).toMatchObject({
      status: "completed",
      journalLength: 0,
      hasJournalRows: false,
    });
    expect(partition.rows.scan(journalRange(key))).toEqual([]);
    expect(partition.payload(key, PayloadKind.output)).toEqual(patterned(5000));
    expect(partition.payload(key, PayloadKind.input)).toEqual(patterned(3000));
    expect(resultOf(partition.apply(operate(key, "purgeJournal")))).toEqual({ kind: "done" });
  });

  it("and of the whole, asked for together, both end", () => {
    completed();
    partition.apply(operate(key, "purgeJournal"));
    partition.apply(operate(key, "purge"));
    runTasks(partition, 2);
    expect(partition.invocation(key)).toBeUndefined();
    expect(rowsLeft()).toBe(0);
  });
});

describe("a purge of a workflow's run", () => {
  const query = keyOf(5);

  function completedFlow(): void {
    partition.apply(invoke(key, { target: workflowTarget("w"), fresh: false }));
    const writes = Array.from({ length: 6 }, (_, i) => setState(`k${i}`, "1"));
    send(partition, key, [...writes, CLEAR_ALL_STATE, setState("a", "2")]);
    send(partition, key, [completePromise(1, "p", value("x")), ...finish()]);
    partition.apply(invoke(query, { target: queryTarget("w") }));
    send(partition, query, [completePromise(1, "q", value("x")), ...finish()]);
  }

  it("deletes its state of all generations and its promises; it can run again, from nothing", () => {
    completedFlow();
    partition.apply(operate(key, "purge"));
    runTasks(partition, 2);
    expect(stateRowCount(partition, workflowId("w"))).toBe(0);
    expect(partition.rows.scan(promiseRange(workflowId("w")))).toEqual([]);
    partition.apply(invoke(key, { target: workflowTarget("w"), fresh: false }));
    expect(partition.get(key).status).toBe("invoked");
    expect(stateOf(partition, workflowId("w"))).toEqual({});
  });

  it("of another handler of it deletes neither", () => {
    completedFlow();
    partition.apply(operate(query, "purge"));
    runTasks(partition);
    expect(partition.invocation(query)).toBeUndefined();
    expect(stateOf(partition, workflowId("w"))).toEqual({ a: "2" });
    expect(partition.rows.scan(promiseRange(workflowId("w")))).toHaveLength(2);
  });

  it("of its journal alone deletes neither", () => {
    completedFlow();
    partition.apply(operate(key, "purgeJournal"));
    runTasks(partition);
    expect(stateOf(partition, workflowId("w"))).toEqual({ a: "2" });
  });
});
