/**
 * The stored form of an invocation header.
 *
 * | offset | size | field |
 * |-------:|-----:|-------|
 * | 0  | 1 | format, {@link FORMAT} |
 * | 1  | 1 | status |
 * | 2  | 1 | handler kind |
 * | 3  | 1 | flags: 1 caller is an invocation, 2 has an output, 4 output is a failure, 8 output only here, 16 journal rows, 32 payload rows, 64 pinned, 128 has a failed attempt |
 * | 4  | 4 | journal length |
 * | 8  | 4 | commands |
 * | 12 | 4 | notifications |
 * | 16 | 4 | starts |
 * | 20 | 4 | retries |
 * | 24 | 4, 4, 4 | children started, succeeded, failed |
 * | 36 | 8 | created at |
 * | 44 | 8 | modified at |
 * | 52 | 8 | scheduled for |
 * | 60 | 8 | completed at |
 * | 68 | 8 | next retry at |
 * | 76 | 8 | born in batch |
 * | 84 | 8 | completion retention, ms |
 * | 92 | 8 | journal retention, ms |
 * | 100 | 4 | retries since the last entry |
 * | 104 | 8 | last entry at |
 * | 112 | … | service, handler, key, idempotency key, root, caller, pin, headers, input, output, last failure, sinks, awaiting: each with its length |
 *
 * The fixed part can be read without the rest, by readers that want columns.
 */
import type { Failure, Header, InvocationKey } from "@rejoin/protocol";
import type {
  AttemptFailure,
  Caller,
  HandlerKind,
  Invocation,
  InvocationStatus,
  Payload,
  Pin,
  ResultSink,
  StoredOutcome,
} from "../model/invocation.ts";
import { StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { invocationRowKey } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

const FORMAT = 1;
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
  writer.u8(FORMAT);
  writer.u8(STATUSES.indexOf(inv.status));
  writer.u8(HANDLER_KINDS.indexOf(inv.target.handlerKind));
  writer.u8(flagsOf(inv));
  writer.u32(inv.journalLength);
  writer.u32(inv.commandCount);
  writer.u32(inv.notificationCount);
  writer.u32(inv.starts);
  writer.u32(inv.retryCount);
  writer.u32(inv.childrenStarted);
  writer.u32(inv.childrenSucceeded);
  writer.u32(inv.childrenFailed);
  writer.u64(inv.createdAt);
  writer.u64(inv.modifiedAt);
  writer.u64(inv.scheduledFor);
  writer.u64(inv.completedAt);
  writer.u64(inv.nextRetryAt);
  writer.u64(inv.bornIn);
  writer.u64(inv.completionRetentionMs);
  writer.u64(inv.journalRetentionMs);
  writer.u32(inv.retriesSinceEntry);
  writer.u64(inv.lastEntryAt);
  writer.string(inv.target.service);
  writer.string(inv.target.handler);
  writer.string(inv.target.key);
  writer.optionalString(inv.idempotencyKey);
  writer.binary(inv.root);
  if (inv.caller.kind === "invocation") {
    writer.binary(inv.caller.key);
    writer.varint(inv.caller.bornIn);
    writer.varint(inv.caller.completionId);
  }
  if (inv.pin !== undefined) {
    writer.string(inv.pin.deploymentId);
    writer.u8(inv.pin.protocolVersion);
  }
  writeHeaders(inv.headers);
  writePayload(inv.input);
  if (inv.output?.kind === "success") writePayload(inv.output.value);
  if (inv.output?.kind === "failure") writeFailure(inv.output.failure);
  if (inv.lastFailure !== undefined) writeAttemptFailure(inv.lastFailure);
  writer.varint(inv.sinks.length);
  for (const sink of inv.sinks) {
    writer.binary(sink.key);
    writer.varint(sink.bornIn);
    writer.varint(sink.completionId);
  }
  writer.blob(inv.awaiting ?? NOTHING);
  return writer.take();
}

const NOTHING = new Uint8Array(0);
const NO_SINKS: readonly ResultSink[] = [];
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

function writeFailure(failure: Failure): void {
  writer.varint(failure.code);
  writer.string(failure.message);
  writer.varint(failure.metadata?.length ?? 0);
  for (const item of failure.metadata ?? []) {
    writer.string(item.key);
    writer.string(item.value);
  }
}

function writeAttemptFailure(failure: AttemptFailure): void {
  writer.varint(failure.code);
  writer.string(failure.message);
  writer.string(failure.stacktrace);
  writer.string(failure.docCode);
  writer.varint((failure.relatedCommandIndex ?? -1) + 1);
  writer.optionalString(failure.relatedCommandName);
  writer.varint((failure.relatedCommandType ?? -1) + 1);
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
  const fixed = readFixed(reader);
  const service = reader.string();
  const handler = reader.string();
  const targetKey = reader.string();
  const idempotencyKey = reader.optionalString();
  const root = reader.binary(24) as InvocationKey;
  const caller = readCaller(reader, flags);
  const pin = readPin(reader, flags);
  const headers = readHeaders(reader);
  const input = readPayload(reader);
  const output = readOutput(reader, flags);
  const lastFailure = (flags & Flag.failedAttempt) !== 0 ? readAttemptFailure(reader) : undefined;
  const sinks = readSinks(reader);
  const awaiting = reader.blob();
  return {
    key: key as InvocationKey,
    status,
    target: { service, handler, key: targetKey, handlerKind },
    idempotencyKey,
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
    hasJournalRows: (flags & Flag.journalRows) !== 0,
    hasPayloadRows: (flags & Flag.payloadRows) !== 0,
  };
}

function readFixed(reader: ByteReader) {
  return {
    journalLength: reader.u32(),
    commandCount: reader.u32(),
    notificationCount: reader.u32(),
    starts: reader.u32(),
    retryCount: reader.u32(),
    childrenStarted: reader.u32(),
    childrenSucceeded: reader.u32(),
    childrenFailed: reader.u32(),
    createdAt: reader.u64(),
    modifiedAt: reader.u64(),
    scheduledFor: reader.u64(),
    completedAt: reader.u64(),
    nextRetryAt: reader.u64(),
    bornIn: reader.u64(),
    completionRetentionMs: reader.u64(),
    journalRetentionMs: reader.u64(),
    retriesSinceEntry: reader.u32(),
    lastEntryAt: reader.u64(),
  };
}

function listed<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) {
    throw new StoreError("DATA_CORRUPTION", `an invocation has the unknown state ${index}`);
  }
  return value;
}

function readCaller(reader: ByteReader, flags: number): Caller {
  if ((flags & Flag.calledByInvocation) === 0) return { kind: "ingress" };
  const key = reader.binary(24) as InvocationKey;
  const bornIn = reader.varint();
  return { kind: "invocation", key, bornIn, completionId: reader.varint() };
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
  const code = reader.varint();
  const message = reader.string();
  const count = reader.varint();
  const metadata = [];
  for (let i = 0; i < count; i++) metadata.push({ key: reader.string(), value: reader.string() });
  const failure = count === 0 ? { code, message } : { code, message, metadata };
  return { kind: "failure", failure };
}

function readAttemptFailure(reader: ByteReader): AttemptFailure {
  const code = reader.varint();
  const message = reader.string();
  const stacktrace = reader.string();
  const docCode = reader.string();
  const index = reader.varint() - 1;
  const name = reader.optionalString();
  const type = reader.varint() - 1;
  return {
    code,
    message,
    stacktrace,
    docCode,
    ...(index >= 0 ? { relatedCommandIndex: index } : {}),
    ...(name !== undefined ? { relatedCommandName: name } : {}),
    ...(type >= 0 ? { relatedCommandType: type } : {}),
  };
}

function readSinks(reader: ByteReader): readonly ResultSink[] {
  const count = reader.varint();
  if (count === 0) return NO_SINKS;
  const sinks: ResultSink[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.binary(24) as InvocationKey;
    const bornIn = reader.varint();
    sinks.push({ key, bornIn, completionId: reader.varint() });
  }
  return sinks;
}

/** Invocation headers, by invocation key. */
export const invocationRows: RowKind<Invocation> = {
  slot: 0,
  name: "invocation",
  rowKey: (key) => invocationRowKey(key as InvocationKey),
  encode,
  decode,
};
