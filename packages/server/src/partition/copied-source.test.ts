/** Tasks that meet: a journal is copied while it is deleted. */
import { invocationRows, type OperationResult, Tag, tagRange } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { readEntries } from "../journal/journal-reader.ts";
import { openProcessor } from "../testing/partition.ts";
import { attempt, END, invoke, keyOf, output, run } from "../testing/records.ts";
import { TaskRunner } from "./tasks.ts";

const SEGMENTS = 40;

async function begin() {
  const begun = await openProcessor({ limits: { taskPageRowsMax: 8, taskPageBytesMax: 64 } });
  const { store, limits, processor, ports, actions, failures } = begun;
  const tasks = new TaskRunner({
    store,
    limits,
    submit: (record, durable) => processor.submitDurable(record, durable),
    onFailure: (error) => failures.push(error),
  });
  const settle = async () => {
    for (let i = 0; i < 200; i++) {
      await ports.settle();
      const taken = actions.splice(0);
      if (taken.length === 0) return;
      for (const action of taken) if (action.kind === "runTask") tasks.add(action.name);
    }
  };
  return { ...begun, tasks, settle };
}

describe("an invocation restarted from a prefix whose source is purged meanwhile", () => {
  it("has all of the prefix, or fails", async () => {
    const { apply, processor, settle, store, actions, failures, tasks } = await begin();
    const old = keyOf(1);
    await apply(invoke(old));
    for (let i = 1; i <= SEGMENTS; i++) {
      const result = { kind: "value", value: new Uint8Array(100) } as const;
      await apply(
        attempt(old, [run(i), { kind: "proposeRunCompletion", completionId: i, result }]),
      );
    }
    await apply(attempt(old, [output(), END]));
    actions.splice(0);
    const upTo = 2 * SEGMENTS;
    const restart = { kind: "restart", from: upTo, deployment: "keep" } as const;
    await apply({ kind: "operate", key: old, operation: restart, waiter: {} });
    const answer = actions.find((action) => action.kind === "operated")?.result;
    const key = keyOfAnswer(answer);
    processor.submit({ kind: "operate", key: old, operation: { kind: "purge" }, waiter: {} });
    await settle();
    tasks.close();
    expect(failures).toEqual([]);
    expect(await store.scan(tagRange(Tag.task), { limit: 10 })).toEqual([]);
    const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
    const header = bytes && invocationRows.decode(bytes, key);
    if (header?.status === "completed") {
      expect(header.output).toMatchObject({ kind: "failure", failure: { code: 410 } });
      return;
    }
    const entries = await readEntries(store, key, 1, 1000);
    expect(entries).toHaveLength(upTo);
  });
});

function keyOfAnswer(answer: OperationResult | undefined) {
  if (answer?.kind !== "restarted") throw new Error("it was not restarted");
  return answer.key;
}
