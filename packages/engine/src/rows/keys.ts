/**
 * The keys of a partition's rows.
 *
 * | tag | key after the tag                                   | row |
 * |-----|-----------------------------------------------------|-----|
 * | `i` | uuid (16), partition key (8)                        | invocation header |
 * | `p` | uuid, partition key, kind (1), entry (4), chunk (4) | part of a large payload, or an event |
 * | `j` | uuid, partition key, first entry (4)                | journal segment |
 * | `w` | uuid, partition key                                 | what a suspended invocation awaits |
 * | `a` | batch (8)                                           | invocations born in a batch |
 * | `x` | expiry second (8), batch (8)                        | invocations completed in a batch |
 * | `t` | time (8), uuid, partition key, id (4), batch (8)    | timer |
 * | `o` | instance                                            | virtual object or workflow |
 * | `q` | instance, sequence (8)                              | place in an object's inbox |
 * | `s` | instance, generation (4), name                      | state of an object or workflow |
 * | `d` | instance, name                                      | durable promise of a workflow |
 * | `l` | name of a concurrency limit                         | how many run under it |
 * | `v` | the name, 0, sequence (8)                           | who waits for it |
 * | `k` | task name                                           | task |
 * | `r` | source partition (2)                                | last message applied from it |
 *
 * The uuid comes first because it is ordered by time: new rows are appended to the key space.
 * Numbers are big-endian, so that key order is number order. An instance is a service, a scope and a
 * key (see `instance.ts`).
 */
import type { InvocationKey } from "@rejoin/protocol";
import { invariant } from "../invariant.ts";
import { type KeyRange, type Row, StoreError } from "../ports/store.ts";
import { binaryString } from "./bytes.ts";

export const Tag = {
  invocation: 0x69,
  payload: 0x70,
  journal: 0x6a,
  awaiting: 0x77,
  alive: 0x61,
  expiry: 0x78,
  timer: 0x74,
  object: 0x6f,
  inbox: 0x71,
  state: 0x73,
  promise: 0x64,
  limiter: 0x6c,
  slot: 0x76,
  task: 0x6b,
  received: 0x72,
} as const;

const ID_BYTES = 24;
const PARTITION_KEY_BYTES = 8;

function writeInvocation(key: Uint8Array, offset: number, id: InvocationKey): void {
  for (let i = PARTITION_KEY_BYTES; i < ID_BYTES; i++) key[offset++] = id.charCodeAt(i);
  for (let i = 0; i < PARTITION_KEY_BYTES; i++) key[offset++] = id.charCodeAt(i);
}

function writeU32(key: Uint8Array, offset: number, value: number): void {
  key[offset] = value >>> 24;
  key[offset + 1] = value >>> 16;
  key[offset + 2] = value >>> 8;
  key[offset + 3] = value;
}

function writeU64(key: Uint8Array, offset: number, value: number): void {
  writeU32(key, offset, Math.floor(value / 0x1_0000_0000));
  writeU32(key, offset + 4, value >>> 0);
}

function readU32(key: Uint8Array, offset: number): number {
  return new DataView(key.buffer, key.byteOffset + offset, 4).getUint32(0);
}

function readU64(key: Uint8Array, offset: number): number {
  return readU32(key, offset) * 0x1_0000_0000 + readU32(key, offset + 4);
}

/** The invocation named by the 24 bytes at `offset` of a row key. */
function readInvocation(key: Uint8Array, offset: number): InvocationKey {
  const uuid = binaryString(key.subarray(offset, offset + 16));
  return (binaryString(key.subarray(offset + 16, offset + ID_BYTES)) + uuid) as InvocationKey;
}

function invocationRow(tag: number, id: InvocationKey, extra: number): Uint8Array {
  const key = new Uint8Array(1 + ID_BYTES + extra);
  key[0] = tag;
  writeInvocation(key, 1, id);
  return key;
}

export function invocationRowKey(id: InvocationKey): Uint8Array {
  return invocationRow(Tag.invocation, id, 0);
}

export function awaitingRowKey(id: InvocationKey): Uint8Array {
  return invocationRow(Tag.awaiting, id, 0);
}

export function segmentRowKey(id: InvocationKey, firstIndex: number): Uint8Array {
  const key = invocationRow(Tag.journal, id, 4);
  writeU32(key, 1 + ID_BYTES, firstIndex);
  return key;
}

/** What a payload row belongs to. */
export const PayloadKind = { input: 0, output: 1, entry: 2, event: 3 } as const;
export type PayloadKind = (typeof PayloadKind)[keyof typeof PayloadKind];

export function payloadRowKey(
  id: InvocationKey,
  kind: PayloadKind,
  entry: number,
  chunk: number,
): Uint8Array {
  const key = invocationRow(Tag.payload, id, 9);
  key[1 + ID_BYTES] = kind;
  writeU32(key, 2 + ID_BYTES, entry);
  writeU32(key, 6 + ID_BYTES, chunk);
  return key;
}

/** The journal segments of an invocation, in order of their first entry. */
export function journalRange(id: InvocationKey, fromIndex = 0): KeyRange {
  const lt = invocationRow(Tag.journal, id, 5);
  lt.fill(0xff, 1 + ID_BYTES);
  return { gte: segmentRowKey(id, fromIndex), lt };
}

/** All payload rows of an invocation, or those of one payload. */
export function payloadRange(id: InvocationKey, kind?: PayloadKind, entry = 0): KeyRange {
  if (kind === undefined) {
    const lt = invocationRow(Tag.payload, id, 1);
    lt[1 + ID_BYTES] = 0xff;
    return { gte: invocationRow(Tag.payload, id, 0), lt };
  }
  const lt = new Uint8Array(1 + ID_BYTES + 10);
  lt.set(payloadRowKey(id, kind, entry, 0xffff_ffff));
  return { gte: payloadRowKey(id, kind, entry, 0), lt };
}

/** The first journal entry that a segment row holds. */
export function segmentFirstIndex(key: Uint8Array): number {
  return readU32(key, 1 + ID_BYTES);
}

export function aliveRowKey(batch: number): Uint8Array {
  const key = new Uint8Array(9);
  key[0] = Tag.alive;
  writeU64(key, 1, batch);
  return key;
}

export function aliveBatch(key: Uint8Array): number {
  return readU64(key, 1);
}

export function expiryRowKey(second: number, batch: number): Uint8Array {
  const key = new Uint8Array(17);
  key[0] = Tag.expiry;
  writeU64(key, 1, second);
  writeU64(key, 9, batch);
  return key;
}

export function expirySecond(key: Uint8Array): number {
  return readU64(key, 1);
}

export function expiryBatch(key: Uint8Array): number {
  return readU64(key, 9);
}

/** All expiry rows that are due before `second`. */
export function expiryRange(beforeSecond: number): KeyRange {
  return { gte: expiryRowKey(0, 0), lt: expiryRowKey(beforeSecond, 0) };
}

/** A timer: when, of which invocation, and which of its timers. */
export interface TimerId {
  readonly timeMs: number;
  readonly invocation: InvocationKey;
  /** A completion id, or {@link TIMER_START} or {@link TIMER_RETRY}. */
  readonly id: number;
  /** The batch that bore the invocation: an id may live twice. */
  readonly bornIn: number;
}

/** The id of the timer that starts a scheduled invocation. */
export const TIMER_START = 0xffff_ffff;
/** The id of the timer that starts the next attempt. */
export const TIMER_RETRY = 0xffff_fffe;

export function timerRowKey(timer: TimerId): Uint8Array {
  // A number that did not fit would stand elsewhere in the order of timers than its time does.
  invariant(Number.isSafeInteger(timer.timeMs) && timer.timeMs >= 0, "a timer has no instant");
  const key = new Uint8Array(TIMER_KEY_BYTES);
  key[0] = Tag.timer;
  writeU64(key, 1, timer.timeMs);
  writeInvocation(key, 9, timer.invocation);
  writeU32(key, 9 + ID_BYTES, timer.id);
  writeU64(key, 13 + ID_BYTES, timer.bornIn);
  return key;
}

const TIMER_KEY_BYTES = 9 + ID_BYTES + 4 + 8;
/** All that there is to say is in the key. */
const TIMER_VALUE = Uint8Array.of(1);

export function timerRowValue(): Uint8Array {
  return TIMER_VALUE;
}

export function timerOfRow({ key }: Row): TimerId {
  if (key.length !== TIMER_KEY_BYTES) {
    throw new StoreError("DATA_CORRUPTION", "a stored timer is damaged");
  }
  return {
    timeMs: readU64(key, 1),
    invocation: readInvocation(key, 9),
    id: readU32(key, 9 + ID_BYTES),
    bornIn: readU64(key, 13 + ID_BYTES),
  };
}

/** The whole range of a tag whose keys follow `after`, exclusive. */
export function tagRange(tag: number, after?: Uint8Array): KeyRange {
  if (after === undefined) return { gte: Uint8Array.of(tag), lt: Uint8Array.of(tag + 1) };
  const gte = new Uint8Array(after.length + 1);
  gte.set(after);
  return { gte, lt: Uint8Array.of(tag + 1) };
}

export function taskRowKey(name: string): Uint8Array {
  const key = new Uint8Array(1 + name.length);
  key[0] = Tag.task;
  for (let i = 0; i < name.length; i++) key[1 + i] = name.charCodeAt(i);
  return key;
}

export function receivedRowKey(source: number): Uint8Array {
  return Uint8Array.of(Tag.received, source >> 8, source & 0xff);
}

/** The invocation that a header, journal, payload or awaiting row belongs to. */
export function invocationOfRowKey(key: Uint8Array): InvocationKey {
  return readInvocation(key, 1);
}
