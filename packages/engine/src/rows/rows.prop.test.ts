/** Every stored form gives back what was put into it, and damage is reported as such. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAwaitTree, encodeAwaitTree, toAwaitTree } from "../model/await-tree.ts";
import { decodePartitionMessage, encodePartitionMessage } from "../partition-message.ts";
import { StoreError } from "../ports/store.ts";
import { futures, invocationsOf, keys, messages } from "../testing/arbitraries.ts";
import { keyOf } from "../testing/records.ts";
import { ByteReader, ByteWriter, binaryString } from "./bytes.ts";
import { invocationRows } from "./invocation-row.ts";
import { encodeSegment, encodeStoredEntry, visitSegment } from "./journal-rows.ts";
import {
  aliveBatch,
  aliveRowKey,
  awaitingRowKey,
  expiryBatch,
  expiryMinute,
  expiryRange,
  expiryRowKey,
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
import {
  decodeAliveList,
  decodeExpiryList,
  encodeAliveList,
  encodeExpiryList,
} from "./list-rows.ts";
import { receivedRows } from "./received-row.ts";

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
    values: fc.array(
      fc.record({ key: keys, what: fc.constantFrom("journal" as const, "invocation" as const) }),
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
      [0, 2],
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

  it("a timer without the whole of its value is corrupt", () => {
    const timer = { timeMs: 5, invocation: KEY, id: 1, bornIn: 1 };
    for (let length = 0; length < 8; length++) {
      damaged(() => timerOfRow({ key: timerRowKey(timer), value: new Uint8Array(length) }));
    }
  });

  it("a restart list that ends in the middle of an id is corrupt", () => {
    damaged(() => decodeAliveList(new Uint8Array(25)));
    damaged(() => decodeExpiryList(new Uint8Array(24)));
  });
});

describe("keys", () => {
  const order = (key: Uint8Array) => binaryString(key);
  const within = (key: Uint8Array, range: { gte: Uint8Array; lt: Uint8Array }) =>
    order(key) >= order(range.gte) && order(key) < order(range.lt);
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
        expect(expiryMinute(expiryRowKey(s, t))).toBe(s);
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
      expect(timerOfRow({ key: timerRowKey(timer), value: timerRowValue(timer) })).toEqual(timer);
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

  it("of a retention list are due when their minute is over", () => {
    expect(within(expiryRowKey(9, 0xffff_ffff), expiryRange(10))).toBe(true);
    expect(within(expiryRowKey(10, 0), expiryRange(10))).toBe(false);
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

  it("a writer is empty after it was taken from, and gives copies", () => {
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
