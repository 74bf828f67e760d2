/** The runner of tasks: each gets its turns, and a new leader goes on with what is left. */
import { Tag, tagRange } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import type { Limits } from "../limits.ts";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import { attempt, finish, invoke, keyOf, oneWayCall, operate, run } from "../testing/records.ts";
import { TaskRunner } from "./tasks.ts";

interface Begun extends TestProcessor {
  readonly runner: TaskRunner;
  /** The names of the tasks, a step each. */
  readonly turns: string[];
  readonly problems: unknown[];
}

async function begin(options: {
  readonly limits?: Partial<Limits>;
  readonly reuse?: Pick<TestProcessor, "disk" | "ports">;
  readonly turnsMax?: number;
}): Promise<Begun> {
  const begun = await openProcessor({ limits: options.limits ?? {}, ...options.reuse });
  const turns: string[] = [];
  const problems: unknown[] = [];
  const runner = new TaskRunner({
    store: begun.store,
    limits: begun.limits,
    submit: (record, durable) => {
      if (turns.length >= (options.turnsMax ?? Number.POSITIVE_INFINITY)) return;
      turns.push(record.name);
      begun.processor.submitDurable(record, durable);
    },
    onFailure: (error) => problems.push(error),
  });
  return { ...begun, runner, turns, problems };
}

/** Tells the runner of all work that has been given. */
function tellOf({ actions, runner }: Begun): void {
  for (const action of actions) if (action.kind === "runTask") runner.add(action.name);
}

async function completeAndPurge({ apply }: TestProcessor, ...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    await apply(invoke(keyOf(n)));
    for (let i = 1; i <= 10; i++) await apply(attempt(keyOf(n), [run(i)]));
    await apply(finish(keyOf(n)), operate(keyOf(n), { kind: "purge" }));
  }
}

const left = async ({ store }: TestProcessor, tag: number) =>
  (await store.scan(tagRange(tag), { limit: 1000 })).length;

describe("tasks", () => {
  it("take turns, and are done when nothing is left of them", async () => {
    const begun = await begin({ limits: { taskPageRowsMax: 3 } });
    await completeAndPurge(begun, 1, 2, 3);
    tellOf(begun);
    await begun.ports.settle();
    expect(await left(begun, Tag.task)).toBe(0);
    expect(await left(begun, Tag.invocation)).toBe(0);
    const firstRound = begun.turns.slice(0, 3);
    expect(new Set(firstRound).size).toBe(3);
    expect(begun.turns.slice(3, 6)).toEqual(firstRound);
    expect(begun.problems).toEqual([]);
  });

  it("that are told of twice are done once", async () => {
    const begun = await begin({});
    await completeAndPurge(begun, 1);
    tellOf(begun);
    tellOf(begun);
    await begun.ports.settle();
    expect(begun.turns).toHaveLength(1);
  });

  it("that give work to others get it done", async () => {
    const begun = await begin({});
    const parent = keyOf(1);
    await begun.apply(invoke(parent), attempt(parent, [oneWayCall(1), oneWayCall(2)]));
    const children = begun.actions.flatMap((action) =>
      action.kind === "start" && action.invocation.key !== parent ? [action.invocation.key] : [],
    );
    for (const child of children) await begun.apply(attempt(child, [oneWayCall(1)]));
    await begun.apply(operate(parent, { kind: "kill" }));
    for (let i = 0; i < 5; i++) {
      tellOf(begun);
      await begun.ports.settle();
    }
    expect(await left(begun, Tag.task)).toBe(0);
    const alive = (await begun.store.scan(tagRange(Tag.invocation), { limit: 100 })).filter(
      ({ value }) => value[1] !== 5,
    );
    expect(alive).toEqual([]);
  });

  it("of an earlier leader are found, page after page", async () => {
    const first = await begin({});
    await completeAndPurge(first, 1, 2, 3, 4, 5);
    first.processor.abandon();
    const second = await begin({ limits: { tasksPageMax: 2 }, reuse: first });
    second.runner.start();
    await second.ports.settle();
    expect(await left(second, Tag.task)).toBe(0);
    expect(await left(second, Tag.invocation)).toBe(0);
  });

  it("go on after a crash between any two steps", async () => {
    for (let turnsMax = 0; turnsMax < 6; turnsMax++) {
      const limits = { taskPageRowsMax: 4 };
      const first = await begin({ limits, turnsMax });
      await completeAndPurge(first, 1, 2);
      tellOf(first);
      await first.ports.settle();
      first.runner.close();
      first.processor.abandon();
      const second = await begin({ limits, reuse: first });
      second.runner.start();
      await second.ports.settle();
      expect(await left(second, Tag.task)).toBe(0);
      expect(await left(second, Tag.journal)).toBe(0);
      expect(await left(second, Tag.invocation)).toBe(0);
    }
  });

  it("stop when the runner is closed", async () => {
    const begun = await begin({ limits: { taskPageRowsMax: 2 } });
    await completeAndPurge(begun, 1);
    begun.runner.close();
    tellOf(begun);
    begun.runner.start();
    await begun.ports.settle();
    expect(begun.turns).toEqual([]);
    expect(await left(begun, Tag.task)).toBe(1);
  });

  it("whose rows cannot be read are a failure of the partition", async () => {
    const begun = await begin({});
    const store = { ...begun.store, scan: () => Promise.reject(new Error("no store")) };
    const problems: unknown[] = [];
    const runner = new TaskRunner({
      store: store as never,
      limits: begun.limits,
      submit: () => undefined,
      onFailure: (error) => problems.push(error),
    });
    runner.start();
    await begun.ports.settle();
    expect(problems).toMatchObject([{ message: "no store" }]);
  });
});
