/** Payloads at and around the sizes at which they are kept in another way. */
import type { InvocationKey } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { INLINE_BYTES_MAX, PAYLOAD_CHUNK_BYTES } from "./payloads.ts";
import { SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES } from "./rows/journal-rows.ts";
import { PayloadKind, payloadRange, Tag } from "./rows/keys.ts";
import { TestPartition } from "./testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  call,
  finish,
  fireNext,
  invoke,
  keyOf,
  output,
  patterned,
  propose,
  run,
  send,
  started,
  suspension,
  value,
} from "./testing/records.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

const SIZES = [
  0,
  1,
  INLINE_BYTES_MAX - 1,
  INLINE_BYTES_MAX,
  INLINE_BYTES_MAX + 1,
  64 * KIB - 100,
  64 * KIB,
  64 * KIB + 1,
  PAYLOAD_CHUNK_BYTES - 1,
  PAYLOAD_CHUNK_BYTES,
  PAYLOAD_CHUNK_BYTES + 1,
  5 * MIB,
];

/** Comparing megabytes with `toEqual` takes seconds. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

function rowSizes(partition: TestPartition, key: InvocationKey, kind: PayloadKind, entry = 0) {
  return partition.rows.scan(payloadRange(key, kind, entry)).map((row) => row.value.length);
}

function chunksOf(length: number): number[] {
  const sizes: number[] = [];
  for (let left = length; left > 0; left -= PAYLOAD_CHUNK_BYTES) {
    sizes.push(Math.min(left, PAYLOAD_CHUNK_BYTES));
  }
  return sizes;
}

describe("a payload", () => {
  for (const size of SIZES) {
    const where = size <= INLINE_BYTES_MAX ? "in the header" : "in rows of at most 1 MiB";
    it(`of ${size} bytes is kept ${where}, as input and as output, and reaches a caller whole`, () => {
      const partition = new TestPartition({ memory: "none" });
      const [parent, content] = [keyOf(1), patterned(size)];
      partition.apply(invoke(parent));
      const command = call(2, { parameter: content, idempotencyKey: "k" });
      const [child = ""] = started(send(partition, parent, [command, suspension(anyOf(2))]));
      const { input } = partition.get(child);
      if (size <= INLINE_BYTES_MAX) {
        if (input.kind !== "inline") throw new Error("a small input is not in the header");
        expectSame(input.bytes, content);
      } else {
        expect(input).toEqual({ kind: "stored", length: size });
        expect(rowSizes(partition, child, PayloadKind.input)).toEqual(chunksOf(size));
        expectSame(partition.payload(child, PayloadKind.input), content);
      }
      const result = patterned(size, 2);
      expect(started(send(partition, child, finish(value(result))))).toEqual([parent]);
      const stored = rowSizes(partition, child, PayloadKind.output);
      expect(stored).toEqual(size <= INLINE_BYTES_MAX ? [] : chunksOf(size));
      const arrived = partition.journal(parent).at(-1)?.message;
      if (arrived?.kind !== "callCompletion" || arrived.result.kind !== "value") {
        throw new Error("the caller got no value");
      }
      expectSame(arrived.result.value, result);
      expect(partition.roundsMax).toBeLessThanOrEqual(3);
    });
  }
});

describe("a journal entry", () => {
  /** A run's result whose frame is `size` bytes. */
  function propositionOf(size: number) {
    for (let length = Math.max(0, size - 40); ; length++) {
      const partition = new TestPartition();
      const key = keyOf(1);
      partition.apply(invoke(key));
      const { effects } = send(partition, key, [propose(1, value(patterned(length)))]);
      const notified = effects.actions.find((action) => action.kind === "notify");
      if ((notified?.frame.length ?? 0) >= size) return { partition, key, length };
    }
  }

  it("that fits a segment of 64 KiB with its header is kept in it; a larger one in rows of its own", () => {
    const fits = SEGMENT_BYTES_MAX - SEGMENT_HEADER_BYTES;
    for (const [size, stored] of [
      [fits - 1, false],
      [fits, false],
      [fits + 1, true],
      [SEGMENT_BYTES_MAX, true],
      [SEGMENT_BYTES_MAX + 1, true],
    ] as const) {
      const { partition, key, length } = propositionOf(size);
      const [entry] = partition.journal(key);
      expect(entry?.stored).toBe(stored);
      if (entry?.message.kind !== "runCompletion" || entry.message.result.kind !== "value") {
        throw new Error("the entry is missing");
      }
      expectSame(entry.message.result.value, patterned(length));
      for (const row of partition.rows.tagged(Tag.journal)) {
        expect(row.value.length).toBeLessThanOrEqual(SEGMENT_BYTES_MAX);
      }
    }
  });

  it("of 5 MiB lies in chunks; the entries before and after are in their places", () => {
    const partition = new TestPartition();
    const key = keyOf(1);
    partition.apply(invoke(key));
    const large = patterned(5 * MIB);
    send(partition, key, [run(1), propose(1, value(large)), run(2), propose(2, value("small"))]);
    expect(
      partition.journal(key).map((entry) => [entry.index, entry.message.kind, entry.stored]),
    ).toEqual([
      [1, "run", false],
      [2, "runCompletion", true],
      [3, "run", false],
      [4, "runCompletion", false],
    ]);
    const sizes = rowSizes(partition, key, PayloadKind.entry, 2);
    expect(sizes.length).toBe(6);
    expect(Math.max(...sizes)).toBe(PAYLOAD_CHUNK_BYTES);
    expect(partition.get(key).hasPayloadRows).toBe(true);
  });

  it("that is large counts in what is awaited after it was forgotten", () => {
    const partition = new TestPartition({ memory: "none" });
    const key = keyOf(1);
    partition.apply(invoke(key));
    send(partition, key, [run(1), propose(1, value(patterned(3 * MIB)))]);
    expect(started(send(partition, key, [suspension(anyOf(1))]))).toEqual([key]);
  });
});

describe("a large Output that a retry replays", () => {
  it("is in the journal too, and the result once", () => {
    const partition = new TestPartition();
    const key = keyOf(1);
    partition.apply(invoke(key));
    const large = patterned(2 * MIB);
    send(partition, key, [output(value(large))]);
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    partition.forget();
    send(partition, key, [{ kind: "end" }]);
    expect(partition.journal(key)).toMatchObject([{ stored: true, message: { kind: "output" } }]);
    expectSame(partition.payload(key, PayloadKind.output), large);
  });
});
