/** Reading journals and payloads back from the store. */
import { invocationRows, PayloadKind } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { attempt, invoke, keyOf, run } from "../testing/records.ts";
import { readEntries, readInput, readPayload } from "./journal-reader.ts";

const key = keyOf(1);

/** Three segments: entries 1 to 3, 4 to 6, and 7, a large one. */
async function openJournal() {
  const begun = await openProcessor();
  await begun.apply(invoke(key, { input: new Uint8Array(2_100_000).fill(3) }));
  await begun.apply(attempt(key, [run(1), run(2), run(3)]));
  await begun.apply(attempt(key, [run(4), run(5), run(6)]));
  const result = { kind: "value", value: new Uint8Array(1_500_000).fill(9) } as const;
  await begun.apply(attempt(key, [{ kind: "proposeRunCompletion", completionId: 1, result }]));
  return begun;
}

describe("a page of a journal", () => {
  it("begins at any entry, also in the middle of a segment, and holds whole segments", async () => {
    const { store } = await openJournal();
    for (let from = 1; from <= 7; from++) {
      for (const rows of [1, 2, 10]) {
        const page = await readEntries(store, key, from, rows);
        const last = Math.min(7, [3, 6, 7][Math.floor((from - 1) / 3) + rows - 1] ?? 7);
        const expected = Array.from({ length: last - from + 1 }, (_, i) => from + i);
        expect(page.map((entry) => entry.index)).toEqual(expected);
      }
    }
  });

  it("beyond the end is empty", async () => {
    const { store } = await openJournal();
    expect(await readEntries(store, key, 8, 10)).toEqual([]);
    expect(await readEntries(store, keyOf(2), 1, 10)).toEqual([]);
  });

  it("holds as many segments as may be if they are small, and few if they are large", async () => {
    const { apply, store } = await openProcessor();
    await apply(invoke(key));
    let made = 0;
    const appendSegments = async (count: number, entries: number) => {
      for (let i = 0; i < count; i++) {
        await apply(
          attempt(
            key,
            Array.from({ length: entries }, (_, j) => run(made + j + 1)),
          ),
        );
        made += entries;
      }
    };
    await appendSegments(20, 2);
    await appendSegments(20, 200);
    expect(await readEntries(store, key, 1, 20)).toHaveLength(40);
    const large = await readEntries(store, key, 41, 20);
    expect(large.map(({ index }) => index)).toEqual(Array.from({ length: 800 }, (_, i) => 41 + i));
  });

  it("has a large entry as if it had been stored in one piece", async () => {
    const { store } = await openJournal();
    const [entry] = await readEntries(store, key, 7, 1);
    expect(entry?.code).toBe(0x8011);
    const frame = entry?.item.frame ?? new Uint8Array(0);
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    expect([view.getUint16(0), view.getUint16(2), view.getUint32(4)]).toEqual([
      0x8011,
      0,
      frame.length - 8,
    ]);
    expect(frame.length).toBeGreaterThan(1_500_000);
  });
});

describe("a payload", () => {
  it("is read from the header or from its rows", async () => {
    const { store } = await openJournal();
    const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
    const invocation = invocationRows.decode(bytes ?? new Uint8Array(0), key);
    const input = await readInput(store, invocation);
    expect(input.value.length).toBe(2_100_000);
    expect(input.value.every((byte) => byte === 3)).toBe(true);
    const inline = { kind: "inline", bytes: Uint8Array.of(1) } as const;
    expect(await readPayload(store, key, PayloadKind.output, inline)).toEqual(Uint8Array.of(1));
  });

  it("of which rows are missing, or too many, is an error and not other bytes", async () => {
    const { store } = await openJournal();
    for (const length of [2_099_999, 2_100_001]) {
      const stored = { kind: "stored", length } as const;
      await expect(readPayload(store, key, PayloadKind.input, stored)).rejects.toThrow();
    }
    const gone = { kind: "stored", length: 5 } as const;
    await expect(readPayload(store, key, PayloadKind.output, gone)).rejects.toThrow(
      "0 in its rows",
    );
  });
});
