/** A workflow's run does not hold its object: an operator may replace the state at any moment. */
import type { MutateStateRecord } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { TaskPages } from "../partition/task-pages.ts";
import { openProcessor } from "../testing/partition.ts";
import { attempt, invoke, keyOf } from "../testing/records.ts";
import { readEagerState } from "./eager-state.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the state that the run of a workflow is given", () => {
  it("is that of one moment, when an operator replaces it meanwhile", async () => {
    const { apply, store, limits, actions } = await openProcessor();
    const target = { service: "S", handler: "run", key: "w", handlerKind: "workflow" } as const;
    await apply(invoke(keyOf(1), { target }));
    const set = { kind: "setState", name: "", key: bytes("a"), value: bytes("before") } as const;
    await apply(attempt(keyOf(1), [set]));
    const change: MutateStateRecord = {
      kind: "mutateState",
      instance: { service: "S", scope: "", key: "w" },
      mutation: { entries: [{ key: bytes("a"), value: bytes("after") }], version: undefined },
      waiter: {},
    };
    /** The change and its clean-up come after the first read. */
    const replace = async () => {
      await apply(change);
      const task = actions.find((action) => action.kind === "runTask");
      if (task === undefined) throw new Error("there is no task");
      const step = await new TaskPages(store, limits).next(task.name, task.task);
      await apply({ kind: "taskPage", task: "step", name: task.name, step });
    };
    const reads = {
      getMany: async (keys: readonly Uint8Array[]) => {
        const values = await store.getMany(keys);
        await replace();
        return values;
      },
      scan: store.scan.bind(store),
      snapshot: store.snapshot.bind(store),
    };
    const { entries, isPartial } = await readEagerState(reads, target, 1000);
    expect(isPartial).toBe(false);
    const values = entries.map(({ value }) => new TextDecoder().decode(value));
    expect([["before"], ["after"]]).toContainEqual(values);
  });
});
