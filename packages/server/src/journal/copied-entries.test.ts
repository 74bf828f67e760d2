/** The entries that a restarted invocation begins with (server.md §5.9). */
import { FRAME_HEADER_BYTES, type Invocation, invocationRows } from "@rejoin/engine";
import { decodeBody, isNotificationKind } from "@rejoin/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { attempt, END, invoke, keyOf, output, propose, run } from "../testing/records.ts";
import { CopiedEntries, lackingCompletions } from "./copied-entries.ts";

const key = keyOf(1);

/** An invocation that has sent these, one record each, and has completed. */
async function completed(records: readonly (readonly ReturnType<typeof run>[])[]) {
  const { store, apply } = await openProcessor();
  await apply(invoke(key));
  for (const items of records) await apply(attempt(key, items));
  await apply(attempt(key, [output(Uint8Array.of(9)), END]));
  const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
  const source: Invocation = invocationRows.decode(bytes ?? new Uint8Array(0), key);
  return { store, source };
}

type Source = Awaited<ReturnType<typeof completed>>;

/** All copied entries, as text, read in pages of so many bytes. */
async function copied({ store, source }: Source, upTo: number, bytesMax: number) {
  const frames: Uint8Array[] = [];
  let next: number | undefined = 1;
  for (let pages = 0; next !== undefined; pages++) {
    if (pages > 100) throw new Error("the copy does not end");
    // A reader of its own each time, as after a crash.
    const entries = await CopiedEntries.open(store, source, upTo);
    const page: Awaited<ReturnType<CopiedEntries["page"]>> = await entries.page(next, bytesMax);
    if (page.next !== undefined) expect(page.next).toBeGreaterThan(next);
    frames.push(...page.frames);
    next = page.next;
  }
  return frames.map((frame) => {
    const code = new DataView(frame.buffer, frame.byteOffset).getUint16(0);
    const message = decodeBody(code, 0, frame.subarray(FRAME_HEADER_BYTES), 7);
    if (message.kind === "run") return `run ${message.resultCompletionId}`;
    return isNotificationKind(message.kind) && "completionId" in message
      ? `done ${message.completionId}`
      : message.kind;
  });
}

/** 1 run, 2 run, 3 run, 4 done of the second, 5 of the third, 6 run, 7 of it, 8 of the first. */
const RECORDS = [
  [run(1), run(2), run(3)],
  [propose(2)],
  [propose(3), run(4), propose(4)],
  [propose(1)],
];

describe("a copy", () => {
  it("has the entries up to a place, and the completions of their commands behind it", async () => {
    const source = await completed(RECORDS);
    expect(source.source.journalLength).toBe(10);
    const copies = [1, 2, 3, 5, 6, 8, 9].map((upTo) => copied(source, upTo, 100_000));
    expect(await Promise.all(copies)).toEqual([
      ["run 1", "done 1"],
      ["run 1", "run 2", "done 2", "done 1"],
      ["run 1", "run 2", "run 3", "done 2", "done 3", "done 1"],
      ["run 1", "run 2", "run 3", "done 2", "done 3", "done 1"],
      ["run 1", "run 2", "run 3", "done 2", "done 3", "run 4", "done 4", "done 1"],
      ["run 1", "run 2", "run 3", "done 2", "done 3", "run 4", "done 4", "done 1"],
      ["run 1", "run 2", "run 3", "done 2", "done 3", "run 4", "done 4", "done 1", "output"],
    ]);
  });

  it("is the same in pages of any size, read anew after each", async () => {
    const source = await completed(RECORDS);
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 200 }),
      async (upTo, bytesMax) => {
        const expected = await copied(source, upTo, 100_000);
        expect(await copied(source, upTo, bytesMax)).toEqual(expected);
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 60 });
  });

  it("has large entries whole", async () => {
    const source = await completed([[run(1)], [propose(1, new Uint8Array(200_000).fill(7))]]);
    const entries = await CopiedEntries.open(source.store, source.source, 2);
    const { frames } = await entries.page(1, 1_000_000);
    expect(frames.at(-1)?.length).toBeGreaterThan(200_000);
  });

  it("does not have signals, nor completions of later commands, from behind the place", async () => {
    const { store, apply } = await openProcessor();
    await apply(invoke(key), attempt(key, [run(1), run(2)]));
    const signal = { kind: "signal", signalIndex: 17, result: { kind: "void" } } as const;
    await apply({ kind: "signal", key, signal, waiter: {} });
    await apply(attempt(key, [propose(2), propose(1), output(), END]));
    const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
    const source = invocationRows.decode(bytes ?? new Uint8Array(0), key);
    expect(await copied({ store, source }, 1, 1000)).toEqual(["run 1", "done 1"]);
    expect(await copied({ store, source }, 3, 1000)).toEqual([
      "run 1",
      "run 2",
      "signal",
      "done 2",
      "done 1",
    ]);
  });
});

describe("completions that never came", () => {
  it("are named; those that came behind the place are not lacking", async () => {
    const { store, source } = await completed([[run(1), run(2)], [propose(2)], [run(5)]]);
    const lacking = (upTo: number) => lackingCompletions(store, source, upTo);
    expect(await Promise.all([1, 2, 3, 4].map(lacking))).toEqual([[1], [1], [1], [1, 5]]);
  });
});
