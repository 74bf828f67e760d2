/** An id whose first life ends and whose second begins in one batch. */
import { invocationRows } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { readEntries } from "../journal/journal-reader.ts";
import { openProcessor } from "../testing/partition.ts";
import { attempt, END, invoke, keyOf, output, run } from "../testing/records.ts";
import { TaskPages } from "./task-pages.ts";

describe("an id that is purged and born again in one batch", () => {
  it("keeps the journal of its second life", async () => {
    const { apply, store, limits } = await openProcessor();
    const key = keyOf(1);
    const header = async () => {
      const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
      if (bytes === undefined) throw new Error("there is no such invocation");
      return invocationRows.decode(bytes, key);
    };
    const asked = invoke(key, { fresh: false, idempotencyKey: "i" });
    await apply(asked);
    await apply(attempt(key, [run(1)]));
    await apply(attempt(key, [output(), END]));
    const { bornIn } = await header();
    await apply({ kind: "operate", key, operation: { kind: "purge" }, waiter: {} });
    const name = `p${key}`;
    const step = await new TaskPages(store, limits).next(name, { kind: "purge", key, bornIn });
    await apply({ kind: "taskPage", task: "step", name, step }, asked, {
      kind: "operate",
      key,
      operation: { kind: "cancel" },
      waiter: {},
    });
    expect(await header()).toMatchObject({ status: "invoked", journalLength: 2 });
    const entries = await readEntries(store, key, 1, 10);
    expect(entries.map(({ index }) => index)).toEqual([1]);
  });
});
