/**
 * Concurrency limits: how many run under one, and who waits for it.
 *
 * Limiter: running, head and tail of its queue. Waiting: the invocation (24) and its start.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { ByteReader, ByteWriter, binaryString } from "./bytes.ts";
import { numberKey, taggedKey } from "./instance.ts";
import { Tag } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

/** What a limit counts: `scope:a/b`, `handler:Service/handler` or `service:Service`. */
export type LimiterId = string;

export interface LimiterRow {
  readonly running: number;
  /** The first place of the queue that may be taken; the queue is empty when it is the tail. */
  readonly head: number;
  readonly tail: number;
}

export const FREE_LIMITER: LimiterRow = { running: 0, head: 1, tail: 1 };

export interface SlotWaiter {
  readonly key: InvocationKey;
  readonly start: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const writer = new ByteWriter(64);

function limiterKey(limiter: LimiterId): string {
  return binaryString(encoder.encode(limiter));
}

/** The limiter that a row key names. */
export function limiterOfRowKey(key: Uint8Array): LimiterId {
  return decoder.decode(key.subarray(1));
}

/** By {@link LimiterId}. */
export const limiterRows: RowKind<LimiterRow> = {
  slot: 11,
  name: "concurrency limit",
  rowKey: (limiter) => taggedKey(Tag.limiter, limiterKey(limiter)),
  encode: ({ running, head, tail }) => {
    writer.begin();
    writer.varint(running);
    writer.varint(head);
    writer.varint(tail);
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "concurrency limit");
    return { running: reader.varint(), head: reader.varint(), tail: reader.varint() };
  },
};

/** A place in the queue of a limiter. The 0 ends the name: no limiter's name holds one. */
export function slotKey(limiter: LimiterId, sequence: number): string {
  return `${limiterKey(limiter)}\u0000${numberKey(sequence, 8)}`;
}

/** By {@link slotKey}. */
export const slotRows: RowKind<SlotWaiter> = {
  slot: 12,
  name: "place at a concurrency limit",
  transient: true,
  rowKey: (key) => taggedKey(Tag.slot, key),
  encode: ({ key, start }) => {
    writer.begin();
    writer.binary(key);
    writer.varint(start);
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "place at a concurrency limit");
    return { key: reader.binary(24) as InvocationKey, start: reader.varint() };
  },
};
