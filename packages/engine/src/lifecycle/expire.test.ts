/** Pages of the retention task. */
import { describe, expect, it } from "vitest";
import type { ExpiryEntry, ExpiryItem, ExpiryPageRecord } from "../records.ts";
import { expiryRowKey, journalRange, PayloadKind, payloadRange } from "../rows/keys.ts";
import { decodeExpiryList } from "../rows/list-rows.ts";
import { TestPartition } from "../testing/partition.ts";
import { finish, invoke, keyOf, patterned, run, send, value } from "../testing/records.ts";

const list = { second: 7, batch: 3 } as const;

function page(items: readonly ExpiryItem[], rest: readonly ExpiryEntry[] = []): ExpiryPageRecord {
  return { kind: "taskPage", task: "expiry", page: items, list, rest };
}

function completed(partition: TestPartition, n: number) {
  const key = keyOf(n);
  partition.apply(invoke(key, { input: patterned(3000) }));
  send(partition, key, [run(1)]);
  send(partition, key, finish(value(patterned(5000))));
  return key;
}

type Wanted = Partial<ExpiryItem> & Pick<ExpiryItem, "key" | "what">;

/** An item of a page for the present life of an invocation, without rows unless they are named. */
function item(partition: TestPartition, wanted: Wanted): ExpiryItem {
  const { bornIn } = partition.get(wanted.key);
  return { bornIn, rows: [], more: false, isHeld: false, ...wanted };
}

function rowsOf(partition: TestPartition, key: string) {
  const ranges = [journalRange(key), payloadRange(key)];
  return ranges.flatMap((range) => partition.rows.scan(range).map((row) => row.key));
}

function restOf(partition: TestPartition) {
  const row = partition.rows.get(expiryRowKey(list.second, list.batch));
  return row === undefined ? undefined : decodeExpiryList(row);
}

describe("a page", () => {
  it("deletes invocations with all their rows, and its list when nothing is left on it", () => {
    const partition = new TestPartition();
    const keys = [completed(partition, 1), completed(partition, 2)];
    partition.rows.write({ key: expiryRowKey(7, 3), value: new Uint8Array(25) });
    partition.apply(
      page(
        keys.map((key) =>
          item(partition, { key, what: "invocation", rows: rowsOf(partition, key) }),
        ),
      ),
    );
    expect(partition.invocations()).toEqual([]);
    for (const key of keys) expect(rowsOf(partition, key)).toEqual([]);
    expect(restOf(partition)).toBeUndefined();
  });

  it("leaves on the list what has more rows, before what the page did not reach", () => {
    const partition = new TestPartition();
    const [first, second, third] = [1, 2, 3].map((n) => completed(partition, n)) as [
      string,
      string,
      string,
    ];
    partition.apply(
      page(
        [
          item(partition, { key: first, what: "invocation", rows: rowsOf(partition, first) }),
          item(partition, {
            key: second,
            what: "invocation",
            rows: rowsOf(partition, second).slice(0, 1),
            more: true,
          }),
        ],
        [{ key: third, bornIn: 9, what: "journal" }],
      ),
    );
    expect(restOf(partition)).toEqual([
      { key: second, bornIn: partition.get(second).bornIn, what: "invocation" },
      { key: third, bornIn: 9, what: "journal" },
    ]);
    expect(partition.invocation(first)).toBeUndefined();
    expect(partition.invocation(second)).toBeDefined();
    expect(rowsOf(partition, second)).not.toEqual([]);
  });

  it("forgets a journal and keeps the result and the input", () => {
    const partition = new TestPartition();
    const key = completed(partition, 1);
    const rows = partition.rows.scan(journalRange(key)).map((row) => row.key);
    partition.apply(page([item(partition, { key, what: "journal", rows })]));
    expect(partition.get(key)).toMatchObject({
      status: "completed",
      journalLength: 0,
      hasJournalRows: false,
    });
    expect(partition.payload(key, PayloadKind.output)).toEqual(patterned(5000));
    expect(partition.payload(key, PayloadKind.input)).toEqual(patterned(3000));
  });

  it("can be applied again after a crash: nothing is lost and nothing comes back", () => {
    const partition = new TestPartition();
    const key = completed(partition, 1);
    for (const what of ["journal", "invocation"] as const) {
      const record = page([item(partition, { key, what, rows: rowsOf(partition, key) })]);
      partition.apply(record);
      partition.apply(record);
    }
    expect(partition.invocations()).toEqual([]);
  });

  it("of many journals asks for all their headers at once", () => {
    const partition = new TestPartition();
    const keys = Array.from({ length: 20 }, (_, i) => completed(partition, i + 1));
    const items = keys.map((key) => item(partition, { key, what: "journal" }));
    partition.forget();
    const applied = partition.apply(page(items));
    expect(applied.rounds).toBeLessThanOrEqual(3);
  });
});
