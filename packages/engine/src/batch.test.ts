/** Packing a batch into the writes of its commit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batch, expirySecondOf } from "./batch.ts";
import type { Effects } from "./effects.ts";
import type { PartitionMessage } from "./partition-message.ts";
import { decodePartitionMessage } from "./partition-message.ts";
import { invocationRows } from "./rows/invocation-row.ts";
import { SEGMENT_BYTES_MAX, visitSegment } from "./rows/journal-rows.ts";
import {
  aliveRowKey,
  expiryBatch,
  expiryRowKey,
  expirySecond,
  invocationRowKey,
  Tag,
} from "./rows/keys.ts";
import { decodeAliveList, decodeExpiryList } from "./rows/list-rows.ts";
import { receivedRows } from "./rows/received-row.ts";
import type { RowKind } from "./rows/row-kind.ts";
import { TestPartition } from "./testing/partition.ts";
import { finish, invoke, keyOf, run, send } from "./testing/records.ts";

const NOTHING: Effects = {
  writes: [],
  appends: [],
  rawWrites: [],
  born: [],
  completed: [],
  expiries: [],
  expiryLists: [],
  messages: [],
  consumed: undefined,
  actions: [],
};

const received = receivedRows as RowKind<unknown>;

const NONE = new Uint8Array(0);

function frameOf(length: number, mark: number): Uint8Array {
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, 0x0411);
  view.setUint32(4, length - 8);
  frame.fill(mark & 0xff, 8);
  return frame;
}

describe("the segments of a journal", () => {
  const sizes = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 8, max: 200 }) },
      fc.integer({ min: 8, max: 65_523 }),
      fc.constant(65_523),
    ),
    { minLength: 1, maxLength: 40 },
  );

  it("hold every entry once and in order, at most 64 KiB each, as few as that allows", () => {
    const property = fc.property(sizes, fc.integer({ min: 1, max: 1000 }), (lengths, first) => {
      const batch = new Batch(1);
      batch.timeMs = 1_700_000_000_000;
      const frames = lengths.map((length, i) => frameOf(length, i));
      frames.forEach((frame, i) => {
        batch.add({ ...NOTHING, appends: [{ key: keyOf(1), index: first + i, frame }] });
      });
      const rows = batch.pack([]).writes.map(({ key, value }) => {
        if (value === undefined) throw new Error("a segment is deleted");
        return { key, value };
      });
      let next = first;
      for (const [i, row] of rows.entries()) {
        expect(row.value.length).toBeLessThanOrEqual(SEGMENT_BYTES_MAX);
        const following = rows[i + 1]?.value;
        visitSegment(row, (entry) => {
          expect([entry.index, entry.appendedAt]).toEqual([next, 1_700_000_000_000]);
          expect(Buffer.compare(entry.frame, frames[next - first] ?? NONE)).toBe(0);
          next += 1;
        });
        if (following !== undefined) {
          const added = frames[next - first]?.length ?? 0;
          expect(row.value.length + added).toBeGreaterThan(SEGMENT_BYTES_MAX);
        }
      }
      expect(next).toBe(first + frames.length);
    });
    fc.assert(property, { seed: 1, numRuns: 100 });
  });

  it("of several invocations are kept apart, one row each for what a batch appended", () => {
    const batch = new Batch(1);
    for (let i = 0; i < 30; i++) {
      const append = { key: keyOf(i % 3), index: 1 + Math.floor(i / 3), frame: frameOf(20, i) };
      batch.add({ ...NOTHING, appends: [append] });
    }
    const { writes } = batch.pack([]);
    expect(writes).toHaveLength(3);
    expect(new Set(writes.map(({ key }) => key[0]))).toEqual(new Set([Tag.journal]));
  });
});

describe("a batch", () => {
  it("writes each row once, in its last version", () => {
    const batch = new Batch(5);
    for (let index = 0; index < 4; index++) {
      const value = { commit: 1, index };
      batch.add({ ...NOTHING, writes: [{ kind: received, key: "2", value }] });
    }
    const { writes } = batch.pack([]);
    expect(writes).toHaveLength(1);
    expect(receivedRows.decode(writes[0]?.value ?? new Uint8Array(0), "2")).toEqual({
      commit: 1,
      index: 3,
    });
    expect(batch.row(received, "2")).toEqual({ commit: 1, index: 3 });
    expect(batch.row(received, "3")).toBeUndefined();
  });

  it("knows a row that it deleted from one that it did not touch", () => {
    const batch = new Batch(5);
    const kind = invocationRows as RowKind<unknown>;
    batch.add({ ...NOTHING, writes: [{ kind, key: keyOf(1), value: undefined }] });
    expect(batch.row(kind, keyOf(1))).toBeNull();
    expect(batch.row(kind, keyOf(2))).toBeUndefined();
    expect(batch.pack([]).writes).toEqual([{ key: invocationRowKey(keyOf(1)), value: undefined }]);
  });

  it("keeps the order of raw writes: a timer set and fired in one batch is gone", () => {
    const batch = new Batch(5);
    const key = Uint8Array.of(Tag.timer, 1);
    batch.add({ ...NOTHING, rawWrites: [{ key, value: new Uint8Array(8) }] });
    batch.add({ ...NOTHING, rawWrites: [{ key, value: undefined }] });
    expect(batch.pack([]).writes.at(-1)).toEqual({ key, value: undefined });
  });

  it("lists what was born in it and still lives, and what completed by the second that it is due", () => {
    const batch = new Batch(9);
    batch.add({
      ...NOTHING,
      born: [keyOf(1), keyOf(2)],
      expiries: [
        { key: keyOf(1), bornIn: 4, what: "invocation", atMs: 7000 },
        { key: keyOf(3), bornIn: 300, what: "journal", atMs: 7999 },
        { key: keyOf(3), bornIn: 300, what: "invocation", atMs: 8000 },
      ],
    });
    const { writes } = batch.pack([keyOf(2)]);
    const [alive, first, second] = writes;
    expect(alive?.key).toEqual(aliveRowKey(9));
    expect(decodeAliveList(alive?.value ?? new Uint8Array(0))).toEqual([keyOf(2)]);
    expect([first, second].map((write) => expirySecond(write?.key ?? new Uint8Array(17)))).toEqual([
      7, 8,
    ]);
    expect(expiryBatch(first?.key ?? new Uint8Array(17))).toBe(9);
    expect(decodeExpiryList(first?.value ?? new Uint8Array(0))).toEqual([
      { key: keyOf(1), bornIn: 4, what: "invocation" },
      { key: keyOf(3), bornIn: 300, what: "journal" },
    ]);
    expect(writes).toHaveLength(3);
  });

  it("writes no restart list when nothing lives, and deletes a retention list that is done", () => {
    const batch = new Batch(9);
    batch.add({ ...NOTHING, born: [keyOf(1)], expiryLists: [{ second: 3, batch: 2, rest: [] }] });
    expect(batch.pack([]).writes).toEqual([{ key: expiryRowKey(3, 2), value: undefined }]);
  });

  it("numbers its messages in the order in which they were sent, over all destinations", () => {
    const batch = new Batch(12);
    const message = (completionId: number): PartitionMessage => ({
      kind: "result",
      for: "call",
      to: keyOf(1),
      bornIn: 1,
      completionId,
      outcome: { kind: "value", value: new Uint8Array(0) },
    });
    batch.add({ ...NOTHING, messages: [{ destination: 3, message: message(1) }] });
    batch.add({
      ...NOTHING,
      messages: [
        { destination: 1, message: message(2) },
        { destination: 3, message: message(3) },
      ],
    });
    const { messages, number } = batch.pack([]);
    expect(number).toBe(12);
    expect(messages.map(({ destination, sequence }) => [destination, sequence])).toEqual([
      [3, { commit: 12, index: 0 }],
      [1, { commit: 12, index: 1 }],
      [3, { commit: 12, index: 2 }],
    ]);
    expect(messages.map(({ body }) => decodePartitionMessage(body))).toMatchObject([
      { completionId: 1 },
      { completionId: 2 },
      { completionId: 3 },
    ]);
    expect(batch.destinations()).toEqual(new Set([1, 3]));
  });

  it("says whether it writes anything: an answer alone does not", () => {
    const batch = new Batch(1);
    const action = { kind: "awaitResult", waiter: {}, key: keyOf(1) } as const;
    batch.add({ ...NOTHING, actions: [action] });
    expect(batch.writesAnything).toBe(false);
    expect(batch.actions).toEqual([action]);
    const consumed = { source: 1, sequence: { commit: 1, index: 0 } };
    batch.add({ ...NOTHING, consumed });
    expect(batch.writesAnything).toBe(true);
    expect(batch.pack([]).consumed).toEqual([consumed]);
  });
});

describe("the cost of an invocation", () => {
  it("that calls nobody is two headers and its share of two lists", () => {
    const partition = new TestPartition();
    const key = keyOf(1);
    const birth = partition.apply(invoke(key)).commit.writes;
    const end = send(partition, key, finish()).commit.writes;
    const tags = [...birth, ...end].map((write) => String.fromCharCode(write.key[0] ?? 0));
    expect(tags).toEqual(["i", "a", "i", "x", "a"].slice(0, tags.length));
    expect(tags.filter((tag) => tag === "i")).toHaveLength(2);
    expect(tags.filter((tag) => tag === "j")).toHaveLength(0);
  });

  it("per record is one segment, however many entries it appends", () => {
    const partition = new TestPartition();
    const key = keyOf(1);
    partition.apply(invoke(key));
    const runs = Array.from({ length: 100 }, (_, i) => run(i + 1));
    const { commit } = send(partition, key, runs);
    const tags = commit.writes.map((write) => String.fromCharCode(write.key[0] ?? 0));
    expect(tags).toEqual(["i", "j"]);
  });
});

describe("the second of a retention list", () => {
  it("is over when the time has passed", () => {
    expect(expirySecondOf(0)).toBe(0);
    expect(expirySecondOf(999)).toBe(0);
    expect(expirySecondOf(1000)).toBe(1);
  });
});
