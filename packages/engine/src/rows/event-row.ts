/**
 * Events of an invocation: what its journal does not tell, kept beside its payload rows and deleted
 * with its journal. They are written and never read by the engine.
 *
 * | offset | size | field |
 * |-------:|-----:|-------|
 * | 0  | 1 | format, {@link FORMAT} |
 * | 1  | 1 | kind: 0 failed, 1 paused |
 * | 2  | 8 | at |
 * | 10 | 4 | the attempt |
 * | 14 | 4 | the last journal entry before it |
 * | 18 | … | of a failed attempt, its failure |
 */
import type { InvocationKey } from "@rejoin/protocol";
import type { AttemptFailure } from "../model/invocation.ts";
import { type KeyRange, StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { PayloadKind, payloadRange, payloadRowKey } from "./keys.ts";
import { readAttemptFailure, writeAttemptFailure } from "./outcomes.ts";

interface Happened {
  readonly at: number;
  /** The number of the attempt that it ended. */
  readonly start: number;
  /** The index of the last journal entry before it. */
  readonly afterEntry: number;
}

/** An attempt failed. Of those that fail alike in a row, the first is kept. */
export interface FailedEvent extends Happened {
  readonly kind: "failed";
  readonly failure: AttemptFailure;
}

export interface PausedEvent extends Happened {
  readonly kind: "paused";
}

export type InvocationEvent = FailedEvent | PausedEvent;

/** At most so many attempts of an invocation have events; a later one takes an earlier one's place. */
export const EVENT_ATTEMPTS_MAX = 64;

const FORMAT = 1;
const KINDS = ["failed", "paused"] as const;
const writer = new ByteWriter();

export function eventRowKey(key: InvocationKey, event: InvocationEvent): Uint8Array {
  const place = event.start % EVENT_ATTEMPTS_MAX;
  return payloadRowKey(key, PayloadKind.event, place, KINDS.indexOf(event.kind));
}

/** The rows of all events of an invocation, in no order that means something. */
export function eventRange(key: InvocationKey): KeyRange {
  return { gte: payloadRowKey(key, PayloadKind.event, 0, 0), lt: payloadRange(key).lt };
}

export function encodeEvent(event: InvocationEvent): Uint8Array {
  writer.begin();
  writer.u8(FORMAT);
  writer.u8(KINDS.indexOf(event.kind));
  writer.u64(event.at);
  writer.u32(event.start);
  writer.u32(event.afterEntry);
  if (event.kind === "failed") writeAttemptFailure(writer, event.failure);
  return writer.take();
}

export function decodeEvent(bytes: Uint8Array): InvocationEvent {
  const reader = new ByteReader(bytes, "event");
  const format = reader.u8();
  const kind = KINDS[reader.u8()];
  if (format !== FORMAT || kind === undefined) {
    throw new StoreError("DATA_CORRUPTION", `an event has the unknown format ${format}`);
  }
  const happened = { at: reader.u64(), start: reader.u32(), afterEntry: reader.u32() };
  if (kind === "paused") return { kind, ...happened };
  return { kind, ...happened, failure: readAttemptFailure(reader) };
}
