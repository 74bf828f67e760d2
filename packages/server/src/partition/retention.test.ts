/** The retention task: what is over goes, all of it, a page at a time, also over crashes. */
import { invocationRows, Tag, tagRange } from "@rejoin/engine";
import { createMemoryDisk } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import type { Limits } from "../limits.ts";
import { allRows, openProcessor, rowCounts, type TestProcessor } from "../testing/partition.ts";
import {
  attempt,
  END,
  finish,
  invoke,
  keyOf,
  output,
  registryOf,
  run,
} from "../testing/records.ts";
import { Retention } from "./retention.ts";

const MINUTE = 60_000;
const INTERVAL = 10_000;

interface Begun extends TestProcessor {
  readonly retention: Retention;
  /** How many rows each page deletes. */
  readonly pages: number[];
}

async function begin(options: {
  readonly limits?: Partial<Limits>;
  readonly journalMinutes?: number;
  readonly idempotencyMinutes?: number;
  readonly reuse?: Pick<TestProcessor, "disk" | "ports">;
  readonly pagesMax?: number;
}): Promise<Begun> {
  const { journalMinutes = 5, idempotencyMinutes = 10, reuse } = options;
  const begun = await openProcessor({
    registry: registryOf({
      journalRetentionMs: journalMinutes * MINUTE,
      idempotencyRetentionMs: idempotencyMinutes * MINUTE,
    }),
    limits: { retentionIntervalMs: INTERVAL, ...options.limits },
    ...(reuse ?? { disk: createMemoryDisk({ partitionCount: 1 }) }),
  });
  const pages: number[] = [];
  const retention = new Retention({
    store: begun.store,
    ports: begun.ports,
    limits: begun.limits,
    submit: (record, durable) => {
      if (record.kind === "taskPage")
        pages.push(record.page.reduce((sum, item) => sum + item.rows.length + 1, 0));
      if (pages.length > (options.pagesMax ?? Number.POSITIVE_INFINITY)) return;
      begun.processor.submitDurable(record, durable);
    },
    onFailure: (error) => begun.failures.push(error),
  });
  return { ...begun, retention, pages };
}

/** How many rows of a tag there are. */
async function countOf(begun: Begun, tag: string): Promise<number> {
  return (await rowCounts(begun.store))[tag] ?? 0;
}

/** Completes `count` invocations, each with two journal rows and a large output. */
async function complete({ apply }: Begun, count: number, idempotencyKey?: string): Promise<void> {
  const keys = Array.from({ length: count }, (_, i) => keyOf(i + 1));
  await apply(...keys.map((key) => invoke(key, { idempotencyKey })));
  await apply(...keys.map((key) => attempt(key, [run(1)])));
  await apply(...keys.map((key) => attempt(key, [run(2)])));
  await apply(...keys.map((key) => attempt(key, [output(new Uint8Array(3000)), END])));
}

describe("retention", () => {
  it("leaves not one row of 1,000 completed invocations with journals and payloads", async () => {
    const begun = await begin({});
    await complete(begun, 1000);
    expect(await rowCounts(begun.store)).toMatchObject({ i: 1000, j: 2000, p: 1000 });
    begun.retention.start();
    await begun.ports.advance(4 * MINUTE);
    expect(await countOf(begun, "i")).toBe(1000);
    await begun.ports.advance(3 * MINUTE);
    await begun.apply(invoke(keyOf(5000)), finish(keyOf(5000)));
    await begun.ports.advance(7 * MINUTE);
    expect(await allRows(begun.store)).toEqual([]);
    expect(begun.failures).toEqual([]);
  });

  it("leaves nothing of short journals either, whose rows it does not look for", async () => {
    const begun = await begin({ limits: { taskPageRowsMax: 7 } });
    const { apply } = begun;
    const keys = Array.from({ length: 40 }, (_, i) => keyOf(i + 1));
    await apply(...keys.map((key) => invoke(key)));
    // Entries that come together are one row, others rows of their own.
    await apply(...keys.slice(0, 30).map((key) => attempt(key, [run(1)])));
    await apply(...keys.slice(0, 20).map((key) => attempt(key, [run(2)])));
    await apply(...keys.slice(0, 10).map((key) => attempt(key, [run(3)])));
    await apply(...keys.map((key) => finish(key)));
    expect(await rowCounts(begun.store)).toMatchObject({ i: 40, j: 60 });
    begun.retention.start();
    await begun.ports.advance(10 * MINUTE);
    expect(await allRows(begun.store)).toEqual([]);
    expect(Math.max(...begun.pages)).toBeLessThanOrEqual(7);
    expect(begun.processor.counters.fetches).toBeLessThan(20);
  });

  it("leaves one alone that has been purged since", async () => {
    const begun = await begin({});
    const [gone, kept] = [keyOf(1), keyOf(2)];
    await begun.apply(invoke(gone), invoke(kept));
    await begun.apply(finish(gone), finish(kept));
    await begun.apply({ kind: "operate", key: gone, operation: { kind: "purge" }, waiter: {} });
    begun.retention.start();
    await begun.ports.advance(10 * MINUTE);
    // The purge is a task, which nothing runs here.
    expect(await rowCounts(begun.store)).toEqual({ k: 1 });
    expect(begun.failures).toEqual([]);
  });

  it("deletes at most a page of rows at a time, whatever hangs on one invocation", async () => {
    for (const taskPageRowsMax of [2, 5, 16]) {
      const begun = await begin({ limits: { taskPageRowsMax } });
      await complete(begun, 10);
      const key = keyOf(100);
      await begun.apply(invoke(key));
      for (let i = 1; i <= 20; i++) await begun.apply(attempt(key, [run(i)]));
      await begun.apply(finish(key));
      begun.retention.start();
      await begun.ports.advance(10 * MINUTE);
      expect(await rowCounts(begun.store)).toEqual({});
      expect(Math.max(...begun.pages)).toBeLessThanOrEqual(taskPageRowsMax);
      begun.retention.close();
    }
  });

  it("takes the journal first where that is kept less long, and keeps the result", async () => {
    const begun = await begin({ journalMinutes: 2, idempotencyMinutes: 10 });
    await complete(begun, 3, "k");
    begun.retention.start();
    await begun.ports.advance(5 * MINUTE);
    expect(await rowCounts(begun.store)).toMatchObject({ i: 3, p: 3 });
    expect(await countOf(begun, "j")).toBe(0);
    const rows = await begun.store.scan(tagRange(Tag.invocation), { limit: 10 });
    for (const row of rows) {
      const { journalLength, output: kept } = invocationRows.decode(row.value, "");
      expect(journalLength).toBe(0);
      expect(kept).toMatchObject({ kind: "success", value: { kind: "stored", length: 3000 } });
    }
    await begun.ports.advance(10 * MINUTE);
    expect(await rowCounts(begun.store)).toEqual({});
  });

  it("goes on after a crash between any two pages", async () => {
    for (let pagesMax = 0; pagesMax < 8; pagesMax++) {
      const first = await begin({ limits: { taskPageRowsMax: 8 }, pagesMax });
      await complete(first, 6);
      first.retention.start();
      await first.ports.advance(10 * MINUTE);
      first.retention.close();
      first.processor.abandon();
      const second = await begin({ limits: { taskPageRowsMax: 8 }, reuse: first });
      second.retention.start();
      await second.ports.advance(2 * INTERVAL);
      expect(await rowCounts(second.store)).toEqual({});
      second.retention.close();
    }
  });

  it("does not touch what is not over, nor what is not completed", async () => {
    const begun = await begin({ journalMinutes: 60 });
    await complete(begun, 2);
    await begun.apply(invoke(keyOf(50)), attempt(keyOf(50), [run(1)]));
    const before = await allRows(begun.store);
    begun.retention.start();
    await begun.ports.advance(59 * MINUTE);
    expect(await allRows(begun.store)).toEqual(before);
    expect(begun.pages).toEqual([]);
  });

  it("with nothing to keep deletes at once", async () => {
    const begun = await begin({ journalMinutes: 0 });
    await begun.apply(invoke(keyOf(1)));
    await begun.apply(finish(keyOf(1)));
    begun.retention.start();
    await begun.ports.advance(INTERVAL + 1000);
    expect(await rowCounts(begun.store)).toEqual({});
  });

  it("goes on a second later while there is something to delete, and rests when there is not", async () => {
    const begun = await begin({ journalMinutes: 0 });
    begun.retention.start();
    await begun.apply(invoke(keyOf(1)), finish(keyOf(1)));
    await begun.ports.advance(INTERVAL);
    expect(await rowCounts(begun.store)).toEqual({});
    await begun.apply(invoke(keyOf(2)), finish(keyOf(2)));
    await begun.ports.advance(1000);
    expect(begun.pages).toHaveLength(2);
    expect(await rowCounts(begun.store)).toEqual({});
    await begun.ports.advance(1000);
    await begun.apply(invoke(keyOf(3)), finish(keyOf(3)));
    await begun.ports.advance(1000);
    expect(begun.pages).toHaveLength(2);
    await begun.ports.advance(INTERVAL);
    expect(begun.pages).toHaveLength(3);
  });

  it("reports a store that cannot be read, and sweeps no more once it is closed", async () => {
    const begun = await begin({});
    const store = { ...begun.store, scan: () => Promise.reject(new Error("no store")) };
    const failures: unknown[] = [];
    const broken = new Retention({
      store: store as never,
      ports: begun.ports,
      limits: begun.limits,
      submit: (_, durable) => durable(),
      onFailure: (error) => failures.push(error),
    });
    broken.start();
    await begun.ports.advance(2 * INTERVAL);
    expect(failures).toMatchObject([{ message: "no store" }]);
    begun.retention.start();
    begun.retention.close();
    expect(begun.ports.timerCount).toBe(0);
  });
});
