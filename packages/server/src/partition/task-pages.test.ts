/** Pages of tasks: bounded, and the same when they are read again. */
import {
  eventRange,
  instanceOf,
  journalRange,
  payloadRange,
  stateRange,
  Tag,
  type Task,
  type TaskStep,
  tagRange,
  taskRows,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import {
  attempt,
  CLEAR_ALL_STATE,
  END,
  invoke,
  keyOf,
  objectTarget,
  oneWayCall,
  operate,
  output,
  propose,
  run,
  setState,
  workflowTarget,
} from "../testing/records.ts";
import { TaskPages } from "./task-pages.ts";

const key = keyOf(1);

interface Named {
  readonly name: string;
  readonly task: Task;
}

/** The tasks that the store holds. */
async function tasksIn({ store }: TestProcessor): Promise<Named[]> {
  const rows = await store.scan(tagRange(Tag.task), { limit: 100 });
  return rows.map(({ key: rowKey, value }) => {
    const name = String.fromCharCode(...rowKey.subarray(1));
    return { name, task: taskRows.decode(value, name) };
  });
}

/**
 * Does all there is to do, each step `times` times over, with pages that are read by a reader of
 * their own each time, as after a crash. Gives the pages.
 */
async function runAll(
  begun: TestProcessor,
  limits: Partial<Limits>,
  times = 1,
): Promise<TaskStep[]> {
  const steps: TaskStep[] = [];
  for (;;) {
    const [next] = await tasksIn(begun);
    if (next === undefined) return steps;
    if (steps.length > 1000) throw new Error("the task does not end");
    const pages = new TaskPages(begun.store, { ...DEFAULT_LIMITS, ...limits });
    const step = await pages.next(next.name, next.task);
    const again = await new TaskPages(begun.store, { ...DEFAULT_LIMITS, ...limits }).next(
      next.name,
      next.task,
    );
    expect(again).toEqual(step);
    steps.push(step);
    const record = { kind: "taskPage", task: "step", name: next.name, step } as const;
    for (let i = 0; i < times; i++) await begun.apply(record);
  }
}

const count = async (
  { store }: TestProcessor,
  ...ranges: readonly { gte: Uint8Array; lt: Uint8Array }[]
) => {
  const found = await Promise.all(ranges.map((range) => store.scan(range, { limit: 10_000 })));
  return found.flat().length;
};

describe("the pages of a kill", () => {
  /** Killed, with so many children, a run between them each time. */
  async function killed(children: number): Promise<TestProcessor> {
    const begun = await openProcessor();
    await begun.apply(invoke(key));
    for (let i = 0; i < children; i++) {
      await begun.apply(attempt(key, [oneWayCall(1 + 2 * i), run(2 + 2 * i)]));
    }
    await begun.apply(operate(key, { kind: "kill" }));
    return begun;
  }

  it("name every child once, a bounded number a page, in the order of the journal", async () => {
    const begun = await killed(23);
    const steps = await runAll(begun, { taskPageChildrenMax: 4 });
    const pages = steps.map((step) => (step.kind === "kill" ? step.children : []));
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(4);
    const named = pages.flat();
    expect(new Set(named).size).toBe(23);
    expect(named).toHaveLength(23);
  });

  it("go on where the one before ended", async () => {
    const begun = await killed(9);
    const steps = await runAll(begun, { taskPageChildrenMax: 2 }, 2);
    const places = steps.map((step) => (step.kind === "kill" ? [step.from, step.next] : []));
    for (const [i, [, next]] of places.entries()) expect(places[i + 1]?.[0]).toBe(next);
    expect(places.at(-1)?.[1]).toBeUndefined();
  });

  it("of a journal that is gone are one page without children", async () => {
    const begun = await openProcessor();
    const pages = new TaskPages(begun.store, DEFAULT_LIMITS);
    expect(await pages.next("k", { kind: "kill", key, nextEntry: 1 })).toEqual({
      kind: "kill",
      from: 1,
      children: [],
      next: undefined,
    });
  });
});

describe("the pages of a purge", () => {
  async function completed(options: { readonly workflow?: boolean } = {}): Promise<TestProcessor> {
    const begun = await openProcessor();
    const target = options.workflow === true ? { target: workflowTarget("w") } : {};
    await begun.apply(invoke(key, { input: new Uint8Array(5000), ...target }));
    for (let i = 1; i <= 12; i++) await begun.apply(attempt(key, [run(i)]));
    await begun.apply(attempt(key, [propose(1, new Uint8Array(70_000))]));
    if (options.workflow === true) {
      for (let i = 0; i < 9; i++) await begun.apply(attempt(key, [setState(`k${i}`, "1")]));
      await begun.apply(attempt(key, [CLEAR_ALL_STATE, setState("new", "1")]));
      const completion = { kind: "value", value: new Uint8Array(0) } as const;
      const promises = Array.from({ length: 7 }, (_, i) => {
        const fields = { key: `p${i}`, resultCompletionId: 50 + i, completion };
        return { kind: "completePromise", name: "", ...fields } as const;
      });
      await begun.apply(attempt(key, promises));
    }
    const failure = { code: 500, message: "no", stacktrace: "", docCode: "RT0007" };
    await begun.apply({ kind: "attemptFailed", key, start: 1, failure });
    expect(await count(begun, eventRange(key))).toBe(1);
    await begun.apply(attempt(key, [output(new Uint8Array(9000)), END], 2));
    return begun;
  }

  for (const workflow of [false, true]) {
    for (const times of [1, 2]) {
      const what = workflow ? "a workflow's run" : "an invocation";
      it(`of ${what} hold a bounded number of rows and leave none, done ${times} times`, async () => {
        const begun = await completed({ workflow });
        await begun.apply(operate(key, { kind: "purge" }));
        const steps = await runAll(begun, { taskPageRowsMax: 5 }, times);
        const sizes = steps.map((step) => ("rows" in step ? step.rows.length : 0));
        // The input and the output go with the header, in one.
        for (const size of sizes.slice(0, -1)) expect(size).toBeLessThanOrEqual(5);
        expect(sizes.at(-1)).toBeLessThanOrEqual(5 + 2);
        expect(steps.length).toBeGreaterThan(2);
        expect(await count(begun, tagRange(Tag.invocation), tagRange(Tag.journal))).toBe(0);
        expect(await count(begun, tagRange(Tag.payload), tagRange(Tag.state))).toBe(0);
        expect(await count(begun, tagRange(Tag.promise))).toBe(0);
      });
    }
  }

  it("of a journal alone leave the result, the input and the state", async () => {
    const begun = await completed({ workflow: true });
    await begun.apply(operate(key, { kind: "purgeJournal" }));
    await runAll(begun, { taskPageRowsMax: 3 }, 2);
    expect(await count(begun, journalRange(key))).toBe(0);
    expect(await count(begun, payloadRange(key))).toBe(2);
    expect(await count(begun, stateRange(instanceOf(workflowTarget("w"))))).toBeGreaterThan(0);
  });

  it("find nothing of another life of the id", async () => {
    const begun = await completed();
    const pages = new TaskPages(begun.store, DEFAULT_LIMITS);
    const step = await pages.next("p", { kind: "purge", key, bornIn: 999 });
    expect(step).toEqual({ kind: "purge", rows: [], more: false });
  });
});

describe("the pages of a clear", () => {
  it("hold stale rows alone, a bounded number", async () => {
    const begun = await openProcessor();
    await begun.apply(invoke(key, { target: objectTarget("o") }));
    for (let i = 0; i < 17; i++) await begun.apply(attempt(key, [setState(`k${i}`, "1")]));
    await begun.apply(attempt(key, [CLEAR_ALL_STATE, setState("new", "1")]));
    const steps = await runAll(begun, { taskPageRowsMax: 4 }, 2);
    for (const step of steps) expect("rows" in step && step.rows.length).toBeLessThanOrEqual(4);
    const instance = instanceOf(objectTarget("o"));
    expect(await count(begun, stateRange(instance))).toBe(1);
    expect(await count(begun, stateRange(instance, 1))).toBe(1);
  });
});

describe("the pages of a copy", () => {
  async function restarted(from: number): Promise<{ begun: TestProcessor; fresh: InvocationKey }> {
    const begun = await openProcessor();
    await begun.apply(invoke(key));
    for (let i = 1; i <= 6; i++) {
      await begun.apply(attempt(key, [run(i), propose(i, new Uint8Array(1000))]));
    }
    await begun.apply(attempt(key, [output(new Uint8Array(9)), END]));
    await begun.apply(operate(key, { kind: "restart", from, deployment: "keep" }));
    const [copy] = await tasksIn(begun);
    if (copy?.task.kind !== "copy") throw new Error("there is no copy");
    return { begun, fresh: copy.task.key };
  }

  it("hold a bounded number of bytes, or one entry, and give the whole of the beginning", async () => {
    for (const taskPageBytesMax of [1, 2500, 100_000]) {
      const { begun, fresh } = await restarted(8);
      const steps = await runAll(begun, { taskPageBytesMax }, 2);
      for (const step of steps) {
        const bytes = step.kind === "copy" ? step.frames.map((frame) => frame.length) : [];
        const last = bytes.pop() ?? 0;
        expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(taskPageBytesMax);
        expect(last).toBeLessThan(1100);
      }
      const frames = steps.flatMap((step) => (step.kind === "copy" ? step.frames : []));
      expect(frames).toHaveLength(8);
      expect(begun.processor.committed(fresh)).toMatchObject({
        status: "invoked",
        journalLength: 9,
      });
    }
  });

  it("say that the source is lost when its journal is gone", async () => {
    const { begun } = await restarted(3);
    const [copy] = await tasksIn(begun);
    if (copy === undefined) throw new Error("there is no copy");
    await begun.apply(operate(key, { kind: "purgeJournal" }));
    const purge = (await tasksIn(begun)).find(({ task }) => task.kind === "purgeJournal");
    if (purge === undefined) throw new Error("there is no purge");
    const pages = new TaskPages(begun.store, DEFAULT_LIMITS);
    const step = await pages.next(purge.name, purge.task);
    await begun.apply({ kind: "taskPage", task: "step", name: purge.name, step });
    expect(await pages.next(copy.name, copy.task)).toMatchObject({ kind: "copy", isLost: true });
  });
});
