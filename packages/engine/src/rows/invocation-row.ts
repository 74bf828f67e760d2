/**
 * The stored form of an invocation header. Most of what an invocation leaves in the store are two of
 * these: a byte here is a twohundredth of what the disk has to do.
 *
 * | size | field |
 * |-----:|-------|
 * | 1 | format, {@link FORMAT} |
 * | 1 | status |
 * | 1 | handler kind |
 * | 1 | flags: 1 caller is an invocation, 2 has an output, 4 output is a failure, 8 output only here, 16 journal rows, 32 payload rows, 64 pinned, 128 has a failed attempt |
 * | n | journal length, commands, notifications, starts, retries, children started, succeeded, failed, retries since the last entry, born in batch, completion retention (ms), journal retention (ms), created at |
 * | t | modified at, scheduled for, completed at, next retry at, last entry at |
 * | … | service, handler, key, idempotency key, caller, root, pin, headers, input, output, last failure, sinks, awaiting: each with its length; of a suspended one, what it had been given |
 * | 1 | more flags: 1 pausing, 2 scope, 4 limit key, 8 place in an inbox, 16 cancelled, 32 restarted, 64 another's random numbers, 128 slots of concurrency limits |
 * | … | scope, limit key, inbox sequence, entry of the cancel signal, restarted from, seed of, slots and the limit it waits for with its place there: those that the flags name |
 *
 * n: LEB128. t: 0 if there is none, 1 and the time, or from 2 on the time since `created at`. The root
 * is 0 if it is the invocation itself, 1 if it is the caller, 2 and the id otherwise. A sink that is
 * the caller's call has no more than its kind.
 */
import type { Header, InvocationKey } from "@rejoin/protocol";
import type {
  HandlerKind,
  Invocation,
  InvocationStatus,
  Payload,
  Pin,
  StoredOutcome,
} from "../model/invocation.ts";
import { StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { readNumbers, writeNumbers } from "./invocation-numbers.ts";
import {
  readCaller,
  readRoot,
  readSinks,
  writeCaller,
  writeRoot,
  writeSinks,
} from "./invocation-relations.ts";
import { invocationRowKey } from "./keys.ts";
import { readAttemptFailure, readFailure, writeAttemptFailure, writeFailure } from "./outcomes.ts";
import type { RowKind } from "./row-kind.ts";

const FORMAT = 3;
const STATUSES: readonly InvocationStatus[] = [
  "scheduled",
  "inboxed",
  "invoked",
  "suspended",
  "paused",
  "completed",
];
const HANDLER_KINDS: readonly HandlerKind[] = ["service", "exclusive", "shared", "workflow"];

const Flag = {
  calledByInvocation: 1,
  hasOutput: 2,
  outputFailed: 4,
  outputInHeader: 8,
  journalRows: 16,
  payloadRows: 32,
  pinned: 64,
  failedAttempt: 128,
} as const;

const More = {
  pausing: 1,
  scope: 2,
  limitKey: 4,
  inboxed: 8,
  cancelled: 16,
  restarted: 32,
  seed: 64,
  limited: 128,
} as const;

const writer = new ByteWriter();

function flagsOf(inv: Invocation): number {
  let flags = 0;
  if (inv.caller.kind === "invocation") flags |= Flag.calledByInvocation;
  if (inv.output !== undefined) flags |= Flag.hasOutput;
  if (inv.output?.kind === "failure") flags |= Flag.outputFailed;
  if (inv.outputInHeader) flags |= Flag.outputInHeader;
  if (inv.hasJournalRows) flags |= Flag.journalRows;
  if (inv.hasPayloadRows) flags |= Flag.payloadRows;
  if (inv.pin !== undefined) flags |= Flag.pinned;
  if (inv.lastFailure !== undefined) flags |= Flag.failedAttempt;
  return flags;
}

function encode(inv: Invocation): Uint8Array {
  writer.begin();
  writer.u8(FORMAT);
  writer.u8(STATUSES.indexOf(inv.status));
  writer.u8(HANDLER_KINDS.indexOf(inv.target.handlerKind));
  writer.u8(flagsOf(inv));
  writeNumbers(writer, inv);
  writer.string(inv.target.service);
  writer.string(inv.target.handler);
  writer.string(inv.target.key);
  writer.optionalString(inv.idempotencyKey);
  writeCaller(writer, inv.caller);
  writeRoot(writer, inv);
  if (inv.pin !== undefined) {
    writer.string(inv.pin.deploymentId);
    writer.u8(inv.pin.protocolVersion);
  }
  writeHeaders(inv.headers);
  writePayload(inv.input);
  if (inv.output?.kind === "success") writePayload(inv.output.value);
  if (inv.output?.kind === "failure") writeFailure(writer, inv.output.failure);
  if (inv.lastFailure !== undefined) writeAttemptFailure(writer, inv.lastFailure);
  writeSinks(writer, inv.sinks, inv.caller);
  writer.blob(inv.awaiting ?? NOTHING);
  if (inv.status === "suspended") writer.varint(inv.awaitingAfter);
  writeMore(inv);
  return writer.take();
}

function moreFlagsOf(inv: Invocation): number {
  let flags = 0;
  if (inv.pausing) flags |= More.pausing;
  if (inv.target.scope !== undefined && inv.target.scope !== "") flags |= More.scope;
  if (inv.limitKey !== "") flags |= More.limitKey;
  if (inv.inboxSequence !== 0) flags |= More.inboxed;
  if (inv.cancelIndex !== 0) flags |= More.cancelled;
  if (inv.restartedFrom !== undefined) flags |= More.restarted;
  if (inv.seedOf !== undefined) flags |= More.seed;
  if (inv.slots.length > 0 || inv.waitingFor !== undefined) flags |= More.limited;
  return flags;
}

function writeMore(inv: Invocation): void {
  const flags = moreFlagsOf(inv);
  writer.u8(flags);
  if (flags === 0) return;
  if ((flags & More.scope) !== 0) writer.string(inv.target.scope ?? "");
  if ((flags & More.limitKey) !== 0) writer.string(inv.limitKey);
  if ((flags & More.inboxed) !== 0) writer.varint(inv.inboxSequence);
  if ((flags & More.cancelled) !== 0) writer.varint(inv.cancelIndex);
  if (inv.restartedFrom !== undefined) writer.binary(inv.restartedFrom);
  if (inv.seedOf !== undefined) writer.binary(inv.seedOf);
  if ((flags & More.limited) !== 0) writeSlots(inv);
}

function writeSlots({ slots, waitingFor }: Invocation): void {
  writer.varint(slots.length);
  for (const limiter of slots) writer.string(limiter);
  writer.optionalString(waitingFor?.limiter);
  if (waitingFor !== undefined) writer.varint(waitingFor.sequence);
}

function readSlots(reader: ByteReader): Pick<Invocation, "slots" | "waitingFor"> {
  const slots: string[] = [];
  for (let n = reader.varint(); n > 0; n--) slots.push(reader.string());
  const limiter = reader.optionalString();
  const waitingFor = limiter === undefined ? undefined : { limiter, sequence: reader.varint() };
  return { slots, waitingFor };
}

const UNLIMITED: Pick<Invocation, "slots" | "waitingFor"> = { slots: [], waitingFor: undefined };

function readMore(reader: ByteReader) {
  const flags = reader.u8();
  return {
    pausing: (flags & More.pausing) !== 0,
    scope: (flags & More.scope) === 0 ? "" : reader.string(),
    limitKey: (flags & More.limitKey) === 0 ? "" : reader.string(),
    inboxSequence: (flags & More.inboxed) === 0 ? 0 : reader.varint(),
    cancelIndex: (flags & More.cancelled) === 0 ? 0 : reader.varint(),
    restartedFrom: readKey(reader, flags & More.restarted),
    seedOf: readKey(reader, flags & More.seed),
    limited: (flags & More.limited) === 0 ? UNLIMITED : readSlots(reader),
  };
}

function readKey(reader: ByteReader, flag: number): InvocationKey | undefined {
  return flag === 0 ? undefined : (reader.binary(24) as InvocationKey);
}

const NOTHING = new Uint8Array(0);
const NO_HEADERS: readonly Header[] = [];

function writeHeaders(headers: readonly Header[]): void {
  writer.varint(headers.length);
  for (const header of headers) {
    writer.string(header.key);
    writer.string(header.value);
  }
}

function writePayload(payload: Payload): void {
  if (payload.kind === "inline") {
    writer.u8(0);
    writer.blob(payload.bytes);
  } else {
    writer.u8(1);
    writer.varint(payload.length);
  }
}

function decode(bytes: Uint8Array, key: string): Invocation {
  const reader = new ByteReader(bytes, "invocation");
  const format = reader.u8();
  if (format !== FORMAT) {
    throw new StoreError("DATA_CORRUPTION", `an invocation has the unknown format ${format}`);
  }
  const status = listed(STATUSES, reader.u8());
  const handlerKind = listed(HANDLER_KINDS, reader.u8());
  const flags = reader.u8();
  const fixed = readNumbers(reader);
  const service = reader.string();
  const handler = reader.string();
  const targetKey = reader.string();
  const idempotencyKey = reader.optionalString();
  const caller = readCaller(reader, (flags & Flag.calledByInvocation) !== 0);
  const root = readRoot(reader, key as InvocationKey, caller);
  const pin = readPin(reader, flags);
  const headers = readHeaders(reader);
  const input = readPayload(reader);
  const output = readOutput(reader, flags);
  const lastFailure = (flags & Flag.failedAttempt) !== 0 ? readAttemptFailure(reader) : undefined;
  const sinks = readSinks(reader, caller);
  const awaiting = reader.blob();
  const awaitingAfter = status === "suspended" ? reader.varint() : 0;
  const more = readMore(reader);
  return {
    key: key as InvocationKey,
    status,
    target: { service, handler, key: targetKey, handlerKind, scope: more.scope },
    idempotencyKey,
    limitKey: more.limitKey,
    caller,
    root,
    createdAt: fixed.createdAt,
    modifiedAt: fixed.modifiedAt,
    scheduledFor: fixed.scheduledFor,
    completedAt: fixed.completedAt,
    completionRetentionMs: fixed.completionRetentionMs,
    journalRetentionMs: fixed.journalRetentionMs,
    pin,
    journalLength: fixed.journalLength,
    commandCount: fixed.commandCount,
    notificationCount: fixed.notificationCount,
    starts: fixed.starts,
    retryCount: fixed.retryCount,
    retriesSinceEntry: fixed.retriesSinceEntry,
    lastEntryAt: fixed.lastEntryAt,
    nextRetryAt: fixed.nextRetryAt,
    lastFailure,
    childrenStarted: fixed.childrenStarted,
    childrenSucceeded: fixed.childrenSucceeded,
    childrenFailed: fixed.childrenFailed,
    bornIn: fixed.bornIn,
    input,
    headers,
    output,
    outputInHeader: (flags & Flag.outputInHeader) !== 0,
    sinks,
    awaiting: awaiting.length === 0 ? undefined : awaiting,
    awaitingAfter,
    hasJournalRows: (flags & Flag.journalRows) !== 0,
    hasPayloadRows: (flags & Flag.payloadRows) !== 0,
    pausing: more.pausing,
    inboxSequence: more.inboxSequence,
    cancelIndex: more.cancelIndex,
    slots: more.limited.slots,
    waitingFor: more.limited.waitingFor,
    restartedFrom: more.restartedFrom,
    seedOf: more.seedOf,
  };
}

function listed<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) {
    throw new StoreError("DATA_CORRUPTION", `an invocation has the unknown state ${index}`);
  }
  return value;
}

function readPin(reader: ByteReader, flags: number): Pin | undefined {
  if ((flags & Flag.pinned) === 0) return undefined;
  return { deploymentId: reader.string(), protocolVersion: reader.u8() };
}

function readHeaders(reader: ByteReader): readonly Header[] {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Header[] = [];
  for (let i = 0; i < count; i++) headers.push({ key: reader.string(), value: reader.string() });
  return headers;
}

function readPayload(reader: ByteReader): Payload {
  if (reader.u8() === 0) return { kind: "inline", bytes: reader.blob() };
  return { kind: "stored", length: reader.varint() };
}

function readOutput(reader: ByteReader, flags: number): StoredOutcome | undefined {
  if ((flags & Flag.hasOutput) === 0) return undefined;
  if ((flags & Flag.outputFailed) === 0) return { kind: "success", value: readPayload(reader) };
  return { kind: "failure", failure: readFailure(reader) };
}

/** Invocation headers, by invocation key. */
export const invocationRows: RowKind<Invocation> = {
  slot: 0,
  name: "invocation",
  rowKey: (key) => invocationRowKey(key as InvocationKey),
  encode,
  decode,
};
