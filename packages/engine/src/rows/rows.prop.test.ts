/** Every stored form gives back what was put into it, and damage is reported as such. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAwaitTree, encodeAwaitTree, toAwaitTree } from "../model/await-tree.ts";
import { decodePartitionMessage, encodePartitionMessage } from "../partition-message.ts";
import { StoreError } from "../ports/store.ts";
import type { ExpiryEntry } from "../records.ts";
import {
  blobs,
  futures,
  invocationsOf,
  keys,
  messages,
  outcomes,
  texts,
} from "../testing/arbitraries.ts";
import { keyOf } from "../testing/records.ts";
import { ByteReader, ByteWriter, binaryString } from "./bytes.ts";
import { type InboxEntry, inboxKey, inboxRows } from "./inbox-row.ts";
import { instanceId, instanceLength, parseInstanceId } from "./instance.ts";
import { invocationRows } from "./invocation-row.ts";
import { encodeSegment, encodeStoredEntry, visitSegment } from "./journal-rows.ts";
import {
  aliveBatch,
  aliveRowKey,
  awaitingRowKey,
  expiryBatch,
  expiryRange,
  expiryRowKey,
  expirySecond,
  invocationOfRowKey,
  invocationRowKey,
  journalRange,
  PayloadKind,
  payloadRange,
  payloadRowKey,
  segmentFirstIndex,
  segmentRowKey,
  tagRange,
  timerOfRow,
  timerRowKey,
  timerRowValue,
} from "./keys.ts";
import { limiterRows, slotRows } from "./limiter-rows.ts";
import {
  decodeAliveList,
  decodeExpiryList,
  encodeAliveList,
  encodeExpiryList,
} from "./list-rows.ts";
import { instanceOfObjectKey, objectRows } from "./object-row.ts";
import { type PromiseRow, promiseKey, promiseRange, promiseRows } from "./promise-row.ts";
import { receivedRows } from "./received-row.ts";
import {
  parseStateRowKey,
  staleStateRange,
  stateKey,
  stateMapKey,
  stateMapRows,
  stateRange,
  stateRows,
} from "./state-rows.ts";
import { type Task, taskName, taskRows } from "./task-row.ts";

const SEED = { seed: 1 } as const;
const KEY = keyOf(1);
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** What each codec stores, with an arbitrary value of it. */
interface Codec<T = unknown> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

const frames: fc.Arbitrary<Uint8Array[]> = fc
  .array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 })
  .map((bodies) =>
    bodies.map((body) => {
      const frame = new Uint8Array(8 + body.length);
      frame.set([0x04, 0x01, 0, 0, 0, 0, 0, body.length]);
      frame.set(body, 8);
      return frame;
    }),
  );

const entries = fc.array(fc.record({ key: blobs, value: blobs }), { maxLength: 3 });
const inboxEntries: fc.Arbitrary<InboxEntry> = fc.oneof(
  fc.record({ kind: fc.constant("invocation" as const), key: keys }),
  fc.record({
    kind: fc.constant("mutation" as const),
    mutation: fc.record({ entries, version: fc.option(texts, { nil: undefined }) }),
  }),
);
const waiter = fc.record({ key: keys, bornIn: fc.maxSafeNat(), completionId: u32 });
const promiseValues: fc.Arbitrary<PromiseRow> = fc.oneof(
  fc.record({ kind: fc.constant("open" as const), waiters: fc.array(waiter, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("completed" as const), outcome: outcomes }),
);

/** A task's subject is in its row's key: here always the same one. */
const SUBJECT = { key: KEY, instance: instanceId({ service: "O", scope: "s", key: "k" }) };
const SAMPLE = { ...SEED, numRuns: 1 } as const;
const bornIn = fc.maxSafeNat();
const key = fc.constant(SUBJECT.key);
const instance = fc.constant(SUBJECT.instance);
const TASKS: readonly fc.Arbitrary<Task>[] = [
  fc.record({ kind: fc.constant("kill" as const), key, nextEntry: u32 }),
  fc.record({ kind: fc.constantFrom("purge" as const), key, bornIn }),
  fc.record({ kind: fc.constantFrom("purgeJournal" as const), key, bornIn }),
  fc.record({ kind: fc.constant("clear" as const), instance, generation: u32 }),
  fc.record({
    kind: fc.constant("copy" as const),
    key,
    from: keys,
    fromBornIn: bornIn,
    upTo: u32,
    nextEntry: u32,
  }),
  fc.record({ kind: fc.constant("unlock" as const), instance }),
  fc.record({ kind: fc.constant("grant" as const), limiter: fc.constant("scope:é/a") }),
];

function codec<T>(value: Codec<T>): Codec {
  return value as unknown as Codec;
}

const CODECS: readonly Codec[] = [
  codec({
    name: "an invocation",
    values: invocationsOf(KEY),
    encode: (value) => invocationRows.encode(value),
    decode: (bytes) => invocationRows.decode(bytes, KEY),
  }),
  codec({
    name: "an await tree",
    values: futures({ idsMax: 0xffff_ffff, depthMax: 2 }).map(toAwaitTree),
    encode: encodeAwaitTree,
    decode: decodeAwaitTree,
  }),
  codec({
    name: "a message to another partition",
    values: messages,
    encode: encodePartitionMessage,
    decode: decodePartitionMessage,
  }),
  codec({
    name: "a restart list",
    values: fc.array(keys, { maxLength: 5 }),
    encode: encodeAliveList,
    decode: decodeAliveList,
  }),
  codec({
    name: "a retention list",
    values: fc.array<ExpiryEntry>(
      fc.oneof(
        fc.record({
          key: keys,
          bornIn: fc.maxSafeNat(),
          what: fc.constantFrom("journal" as const, "invocation" as const),
        }),
        fc.record({
          key: keys,
          bornIn: fc.maxSafeNat(),
          what: fc.constant("header" as const),
          entries: fc.integer({ min: 0, max: 3 }),
        }),
      ),
      { maxLength: 5 },
    ),
    encode: encodeExpiryList,
    decode: decodeExpiryList,
  }),
  codec({
    name: "the last message received",
    values: fc.record({ commit: fc.maxSafeNat(), index: u32 }),
    encode: (value) => receivedRows.encode(value),
    decode: (bytes) => receivedRows.decode(bytes, "0"),
  }),
  codec({
    name: "an object",
    values: fc.record({
      holder: fc.oneof(keys, fc.constantFrom("task" as const, undefined)),
      head: fc.maxSafeNat(),
      tail: fc.maxSafeNat(),
      generation: u32,
    }),
    encode: (value) => objectRows.encode(value),
    decode: (bytes) => objectRows.decode(bytes, ""),
  }),
  codec({
    name: "a place in an inbox",
    values: inboxEntries,
    encode: (value) => inboxRows.encode(value),
    decode: (bytes) => inboxRows.decode(bytes, ""),
  }),
  codec({
    name: "a durable promise",
    values: promiseValues,
    encode: (value) => promiseRows.encode(value),
    decode: (bytes) => promiseRows.decode(bytes, ""),
  }),
  ...TASKS.map((values, i) =>
    codec({
      name: `task number ${i}`,
      values,
      encode: (value) => taskRows.encode(value),
      decode: (bytes) => taskRows.decode(bytes, taskName(fc.sample(values, SAMPLE)[0] as Task)),
    }),
  ),
  codec({
    name: "a concurrency limit",
    values: fc.record({ running: fc.maxSafeNat(), head: fc.maxSafeNat(), tail: fc.maxSafeNat() }),
    encode: (value) => limiterRows.encode(value),
    decode: (bytes) => limiterRows.decode(bytes, ""),
  }),
  codec({
    name: "a place at a concurrency limit",
    values: fc.record({ key: keys, start: u32 }),
    encode: (value) => slotRows.encode(value),
    decode: (bytes) => slotRows.decode(bytes, ""),
  }),
  codec({
    name: "a journal segment",
    values: fc.record({ frames, timeMs: fc.maxSafeNat() }),
    encode: (value) => encodeSegment(value.frames, value.timeMs),
    decode: (bytes) => {
      const seen: Uint8Array[] = [];
      let timeMs = Number.NaN;
      visitSegment({ key: segmentRowKey(KEY, 3), value: bytes }, (entry) => {
        expect(entry.index).toBe(3 + seen.length);
        seen.push(entry.frame);
        timeMs = entry.appendedAt;
      });
      return { frames: seen, timeMs };
    },
  }),
];

describe("what is stored", () => {
  for (const { name, values, encode, decode } of CODECS) {
    it(`as ${name} is read as it was`, () => {
      const property = fc.property(values, (value) => {
        const read = decode(encode(value));
        if (name === "a journal segment" && (value as { frames: unknown[] }).frames.length === 0)
          return;
        expect(read).toEqual(value);
      });
      fc.assert(property, { ...SEED, numRuns: 300 });
    });

    it(`as ${name} and cut short is corruption, or a shorter value; never another error`, () => {
      const property = fc.property(values, fc.nat(), (value, at) => {
        const bytes = encode(value);
        fc.pre(bytes.length > 0);
        expectReadable(() => decode(bytes.slice(0, at % bytes.length)));
      });
      fc.assert(property, { ...SEED, numRuns: 300 });
    });

    it(`as ${name} with bytes changed is corruption, or another value; never another error`, () => {
      const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
      const property = fc.property(values, changes, (value, places) => {
        const bytes = encode(value).slice();
        fc.pre(bytes.length > 0);
        for (const [place, byte] of places) bytes[place % bytes.length] = byte;
        expectReadable(() => decode(bytes));
      });
      fc.assert(property, { ...SEED, numRuns: 500 });
    });

    it(`as ${name} and in truth garbage is corruption, or a value; never another error`, () => {
      const property = fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expectReadable(() => decode(bytes));
      });
      fc.assert(property, { ...SEED, numRuns: 500 });
    });
  }
});

/** Either it can be read or it says that the data is damaged. */
function expectReadable(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "DATA_CORRUPTION" });
  }
}

describe("damage that is easy to make", () => {
  const damaged = (read: () => unknown) => {
    expect(read).toThrow(expect.objectContaining({ code: "DATA_CORRUPTION" }));
  };
  const bytes = invocationRows.encode(
    fc.sample(invocationsOf(KEY), { ...SEED, numRuns: 1 })[0] as never,
  );

  it("an invocation of an unknown format, status or kind of handler is named so", () => {
    for (const [place, byte] of [
      [0, 1],
      [1, 6],
      [2, 4],
    ] as const) {
      const changed = bytes.slice();
      changed[place] = byte;
      damaged(() => invocationRows.decode(changed, KEY));
    }
  });

  it("an invocation that ends anywhere in its fixed part is corrupt", () => {
    for (let length = 0; length < 112; length++) {
      damaged(() => invocationRows.decode(bytes.slice(0, length), KEY));
    }
  });

  it("a stored entry without its type and length is corrupt", () => {
    for (let length = 0; length < 6; length++) {
      const frame = new Uint8Array(8 + length);
      frame.set([0xff, 0x01, 0, 0, 0, 0, 0, length]);
      const value = encodeSegment([frame], 1);
      damaged(() => visitSegment({ key: segmentRowKey(KEY, 1), value }, () => undefined));
    }
  });

  it("an await tree nested deeper than is allowed is corrupt, not a full stack", () => {
    const level = [2, 0, 0, 0, 1];
    const deep = Uint8Array.from({ length: 500_000 }, (_, i) => level[i % 5] ?? 0);
    damaged(() => decodeAwaitTree(deep));
  });

  it("a combinator that does not exist is corrupt", () => {
    damaged(() => decodeAwaitTree(Uint8Array.of(5, 0, 0, 0, 0)));
  });

  it("a message of an unknown kind, or for an unknown kind of handler, is corrupt", () => {
    const [invoke] = fc.sample(
      messages.filter((message) => message.kind === "invoke"),
      { ...SEED, numRuns: 1 },
    );
    if (invoke?.kind !== "invoke") throw new Error("there is no message");
    const target = { service: "s", handler: "h", key: "", handlerKind: "service" } as const;
    const good = encodePartitionMessage({ ...invoke, target });
    const kindAt = 1 + 24 + 1 + 2 + 2 + 1;
    expect(good[kindAt]).toBe(0);
    for (const [place, byte] of [
      [0, 9],
      [kindAt, 9],
    ] as const) {
      const changed = good.slice();
      changed[place] = byte;
      damaged(() => decodePartitionMessage(changed));
    }
  });

  it("a timer without the whole of its key is corrupt", () => {
    const key = timerRowKey({ timeMs: 5, invocation: KEY, id: 1, bornIn: 1 });
    for (let length = 0; length < key.length; length++) {
      damaged(() => timerOfRow({ key: key.subarray(0, length), value: timerRowValue() }));
    }
  });

  it("a restart list that ends in the middle of an id is corrupt", () => {
    damaged(() => decodeAliveList(new Uint8Array(25)));
    damaged(() => decodeExpiryList(new Uint8Array(24)));
  });
});

const order = (bytes: Uint8Array) => binaryString(bytes);
const within = (bytes: Uint8Array, range: { gte: Uint8Array; lt: Uint8Array }) =>
  order(bytes) >= order(range.gte) && order(bytes) < order(range.lt);

describe("keys", () => {
  const small = fc.nat({ max: 300 });

  it("of an invocation name it again", () => {
    const property = fc.property(keys, (key) => {
      for (const row of [invocationRowKey(key), awaitingRowKey(key), segmentRowKey(key, 7)]) {
        expect(invocationOfRowKey(row)).toBe(key);
      }
      expect(invocationOfRowKey(payloadRowKey(key, PayloadKind.entry, 3, 4))).toBe(key);
    });
    fc.assert(property, SEED);
  });

  it("put segments, chunks, timers and lists in the order of their numbers", () => {
    const property = fc.property(
      keys,
      u32,
      u32,
      fc.maxSafeNat(),
      fc.maxSafeNat(),
      (key, a, b, s, t) => {
        const ordered = (left: Uint8Array, right: Uint8Array, sign: number) => {
          const [l, r] = [order(left), order(right)];
          expect(Math.sign(Number(l > r) - Number(l < r))).toBe(Math.sign(sign));
        };
        ordered(segmentRowKey(key, a), segmentRowKey(key, b), a - b);
        ordered(
          payloadRowKey(key, PayloadKind.entry, 1, a),
          payloadRowKey(key, PayloadKind.entry, 1, b),
          a - b,
        );
        ordered(aliveRowKey(s), aliveRowKey(t), s - t);
        ordered(expiryRowKey(s, 1), expiryRowKey(t, 0), s - t || 1);
        const timer = (timeMs: number, id: number) =>
          timerRowKey({ timeMs, invocation: key, id, bornIn: 1 });
        ordered(timer(s, a), timer(t, b), s - t || a - b);
        expect(segmentFirstIndex(segmentRowKey(key, a))).toBe(a);
        expect(aliveBatch(aliveRowKey(s))).toBe(s);
        expect(expirySecond(expiryRowKey(s, t))).toBe(s);
        expect(expiryBatch(expiryRowKey(s, t))).toBe(t);
      },
    );
    fc.assert(property, SEED);
  });

  it("of a timer and its value name it again", () => {
    const timers = fc.record({
      timeMs: fc.maxSafeNat(),
      invocation: keys,
      id: u32,
      bornIn: fc.maxSafeNat(),
    });
    const property = fc.property(timers, (timer) => {
      expect(timerOfRow({ key: timerRowKey(timer), value: timerRowValue() })).toEqual(timer);
    });
    fc.assert(property, SEED);
  });

  it("of one invocation lie in its ranges, those of another do not", () => {
    const property = fc.property(keys, keys, small, small, (key, other, index, from) => {
      fc.pre(key !== other);
      expect(within(segmentRowKey(key, index), journalRange(key, from))).toBe(index >= from);
      expect(within(segmentRowKey(other, index), journalRange(key))).toBe(false);
      const kinds = Object.values(PayloadKind);
      for (const kind of kinds) {
        const row = payloadRowKey(key, kind, index, from);
        expect(within(row, payloadRange(key))).toBe(true);
        expect(within(payloadRowKey(other, kind, index, from), payloadRange(key))).toBe(false);
        for (const asked of kinds) {
          const same = asked === kind;
          expect(within(row, payloadRange(key, asked, index))).toBe(same);
          expect(within(row, payloadRange(key, asked, index + 1))).toBe(false);
        }
      }
    });
    fc.assert(property, SEED);
  });

  it("with the largest numbers are still in their ranges", () => {
    const last = 0xffff_ffff;
    expect(within(segmentRowKey(KEY, last), journalRange(KEY))).toBe(true);
    expect(within(payloadRowKey(KEY, PayloadKind.entry, last, last), payloadRange(KEY))).toBe(true);
    const one = payloadRange(KEY, PayloadKind.entry, last);
    expect(within(payloadRowKey(KEY, PayloadKind.entry, last, last), one)).toBe(true);
  });

  it("of a tag follow what was read last", () => {
    const rows = [1, 2, 300].map((batch) => aliveRowKey(batch));
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = rows;
    expect(rows.map((row) => within(row, tagRange(0x61)))).toEqual([true, true, true]);
    expect(rows.map((row) => within(row, tagRange(0x61, first)))).toEqual([false, true, true]);
    expect(within(second, tagRange(0x61, second))).toBe(false);
    expect(within(invocationRowKey(KEY), tagRange(0x61))).toBe(false);
  });

  it("of a retention list are due when their second is over", () => {
    expect(within(expiryRowKey(9, 0xffff_ffff), expiryRange(10))).toBe(true);
    expect(within(expiryRowKey(10, 0), expiryRange(10))).toBe(false);
  });
});

describe("the names of objects", () => {
  const names = fc.oneof(fc.string({ unit: fc.constantFrom("a", "\u0000", "\u0001", "é") }), texts);
  const instances = fc.record({ service: names, scope: names, key: names });
  const bytesOf = (text: string) => Buffer.from(text, "latin1");

  it("are read as they were written, also before what follows them in a key", () => {
    const property = fc.property(instances, fc.uint8Array({ maxLength: 9 }), (name, rest) => {
      const id = instanceId(name);
      expect(parseInstanceId(id)).toEqual(name);
      expect(instanceLength(id + binaryString(rest))).toBe(id.length);
      expect(instanceOfObjectKey(objectRows.rowKey(id))).toBe(id);
    });
    fc.assert(property, { ...SEED, numRuns: 500 });
  });

  it("are not the beginning of one another, and differ when anything of them does", () => {
    const property = fc.property(instances, instances, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(instanceId(one) === instanceId(other)).toBe(same);
      if (!same) expect(instanceId(one).startsWith(instanceId(other))).toBe(false);
    });
    fc.assert(property, { ...SEED, numRuns: 1000 });
  });

  it("keep the rows of one apart from those of all others", () => {
    const property = fc.property(
      instances,
      instances,
      fc.uint8Array({ maxLength: 8 }),
      u32.filter((generation) => generation > 0),
      (one, other, name, generation) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const [id, far] = [instanceId(one), instanceId(other)];
        const row = stateRows.rowKey(stateKey(id, generation, name));
        expect(parseStateRowKey(row)).toEqual({ instance: id, generation, name });
        expect(within(row, stateRange(id))).toBe(true);
        expect(within(row, stateRange(id, generation))).toBe(true);
        expect(within(row, stateRange(id, generation - 1))).toBe(false);
        expect(within(row, staleStateRange(id, generation))).toBe(false);
        expect(
          within(
            stateRows.rowKey(stateKey(id, generation - 1, name)),
            staleStateRange(id, generation),
          ),
        ).toBe(true);
        expect(within(row, stateRange(far))).toBe(false);
        const promise = promiseRows.rowKey(promiseKey(id, "p"));
        expect(within(promise, promiseRange(id))).toBe(true);
        expect(within(promise, promiseRange(far))).toBe(false);
      },
    );
    fc.assert(property, { ...SEED, numRuns: 500 });
  });

  it("keep the names of a state in the order of their bytes", () => {
    const property = fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      const id = instanceId({ service: "O", scope: "", key: "k" });
      const keyOfName = (name: Uint8Array) => Buffer.from(stateRows.rowKey(stateKey(id, 1, name)));
      expect(Buffer.compare(keyOfName(a), keyOfName(b))).toBe(Buffer.compare(a, b));
    });
    fc.assert(property, SEED);
  });

  it("put the places of an inbox in their order", () => {
    const property = fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const place = (n: number) => bytesOf(inboxKey("x", n));
      expect(Buffer.compare(place(a), place(b))).toBe(Math.sign(a - b));
    });
    fc.assert(property, SEED);
  });

  it("that are damaged are corruption", () => {
    for (const id of [
      "",
      "a",
      "a\u0000\u0001b\u0000\u0001",
      "a\u0000\u0001b\u0000\u0001c\u0000\u0001d",
    ]) {
      expect(() => parseInstanceId(id)).toThrow(
        expect.objectContaining({ code: "DATA_CORRUPTION" }),
      );
    }
    expect(() => instanceLength("a\u0000\u0001")).toThrow("damaged");
  });
});

describe("the whole of a state", () => {
  it("is its rows in the order of their names, under a key that is one record's own", () => {
    const id = instanceId({ service: "O", scope: "", key: "k" });
    const rows = ["a", "b"].map((name) => ({
      key: stateRows.rowKey(stateKey(id, 2, Buffer.from(name))),
      value: Uint8Array.of(1),
    }));
    const { ranged } = stateMapRows;
    const key = stateMapKey("r1", id, 2);
    expect(ranged?.range(key)).toEqual(stateRange(id, 2));
    expect(ranged?.fold(rows).map((entry) => Buffer.from(entry.key).toString())).toEqual([
      "a",
      "b",
    ]);
    expect(stateMapKey("r2", id, 2)).not.toBe(key);
    expect(stateMapKey("r", id, 3)).not.toBe(stateMapKey("r", id, 2));
  });
});

describe("the bytes below", () => {
  it("numbers, strings and byte strings are read as they were written", () => {
    const property = fc.property(
      fc.maxSafeNat(),
      fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      u32,
      fc.string({ unit: "grapheme" }),
      fc.uint8Array({ maxLength: 200 }),
      (first, second, third, text, blob) => {
        const writer = new ByteWriter(1);
        writer.u64(first);
        writer.varint(second);
        writer.u32(third);
        writer.string(text);
        writer.optionalString(undefined);
        writer.optionalString(text);
        writer.blob(blob);
        const reader = new ByteReader(writer.take(), "test");
        expect(reader.u64()).toBe(first);
        expect(reader.varint()).toBe(second);
        expect(reader.u32()).toBe(third);
        expect(reader.string()).toBe(text);
        expect(reader.optionalString()).toBeUndefined();
        expect(reader.optionalString()).toBe(text);
        expect(reader.blob()).toEqual(blob);
        expect(reader.atEnd).toBe(true);
      },
    );
    fc.assert(property, { ...SEED, numRuns: 500 });
  });

  it("a writer is empty after it was taken from, and never touches what it gave", () => {
    const writer = new ByteWriter(4);
    writer.string("first");
    const first = writer.take();
    writer.string("second");
    expect(first).toEqual(Uint8Array.of(5, ...Buffer.from("first")));
    expect(writer.take()).toEqual(Uint8Array.of(6, ...Buffer.from("second")));
    expect(writer.take()).toEqual(new Uint8Array(0));
  });

  it("a varint that never ends is corruption", () => {
    const reader = new ByteReader(new Uint8Array(20).fill(0xff), "test");
    expect(() => reader.varint()).toThrow(expect.objectContaining({ code: "DATA_CORRUPTION" }));
  });
});

describe("the stored entry", () => {
  it("refers to a body by its type and length", () => {
    const value = encodeSegment([encodeStoredEntry(0x8011, 5_000_000)], 9);
    const seen: unknown[] = [];
    visitSegment({ key: segmentRowKey(KEY, 4), value }, ({ index, code, storedLength }) =>
      seen.push({ index, code, storedLength }),
    );
    expect(seen).toEqual([{ index: 4, code: 0x8011, storedLength: 5_000_000 }]);
  });
});
