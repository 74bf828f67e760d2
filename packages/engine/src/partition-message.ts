/**
 * What invocations say to each other.
 *
 * Every interaction is a message, also within a partition, where it is applied in the same step
 * and never stored. To another partition it travels through its mailbox, in this form:
 * kind (1), receiver (24), then the fields of the kind in the order below.
 */
import type { Failure, Header, InvocationKey, Outcome } from "@rejoin/protocol";
import type { HandlerKind, Target } from "./model/invocation.ts";
import { StoreError } from "./ports/store.ts";
import { ByteReader, ByteWriter } from "./rows/bytes.ts";

/** A new invocation. */
export interface InvokeMessage {
  readonly kind: "invoke";
  readonly to: InvocationKey;
  /** Its id was made for this message: it cannot exist yet. */
  readonly fresh: boolean;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  readonly headers: readonly Header[];
  readonly input: Uint8Array;
  /** When it is due, 0 for at once. */
  readonly scheduledFor: number;
  readonly caller: InvocationKey;
  /** The batch that bore the caller. */
  readonly callerBornIn: number;
  /** Of the caller's Call command, 0 for a one-way call. */
  readonly completionId: number;
  readonly root: InvocationKey;
}

/** The result of a call, for the caller that waits for it. */
export interface ResultMessage {
  readonly kind: "result";
  readonly to: InvocationKey;
  /** The batch that bore the caller: a later life of its id is not meant. */
  readonly bornIn: number;
  readonly completionId: number;
  readonly outcome: Outcome;
}

export type PartitionMessage = InvokeMessage | ResultMessage;

const INVOKE = 1;
const RESULT = 2;
const HANDLER_KINDS: readonly HandlerKind[] = ["service", "exclusive", "shared", "workflow"];
const writer = new ByteWriter();

export function encodePartitionMessage(message: PartitionMessage): Uint8Array {
  if (message.kind === "invoke") writeInvoke(message);
  else writeResult(message);
  return writer.take();
}

function writeInvoke(message: InvokeMessage): void {
  writer.u8(INVOKE);
  writer.binary(message.to);
  writer.u8(message.fresh ? 1 : 0);
  writer.string(message.target.service);
  writer.string(message.target.handler);
  writer.string(message.target.key);
  writer.u8(HANDLER_KINDS.indexOf(message.target.handlerKind));
  writer.optionalString(message.idempotencyKey);
  writer.varint(message.headers.length);
  for (const header of message.headers) {
    writer.string(header.key);
    writer.string(header.value);
  }
  writer.blob(message.input);
  writer.u64(message.scheduledFor);
  writer.binary(message.caller);
  writer.varint(message.callerBornIn);
  writer.varint(message.completionId);
  writer.binary(message.root);
}

function writeResult(message: ResultMessage): void {
  writer.u8(RESULT);
  writer.binary(message.to);
  writer.varint(message.bornIn);
  writer.varint(message.completionId);
  if (message.outcome.kind === "value") {
    writer.u8(0);
    writer.blob(message.outcome.value);
    return;
  }
  const { failure } = message.outcome;
  writer.u8(1);
  writer.varint(failure.code);
  writer.string(failure.message);
  writer.varint(failure.metadata?.length ?? 0);
  for (const item of failure.metadata ?? []) {
    writer.string(item.key);
    writer.string(item.value);
  }
}

export function decodePartitionMessage(bytes: Uint8Array): PartitionMessage {
  const reader = new ByteReader(bytes, "message");
  const kind = reader.u8();
  const to = reader.binary(24) as InvocationKey;
  if (kind === INVOKE) return readInvoke(reader, to);
  if (kind === RESULT) return readResult(reader, to);
  throw new StoreError("DATA_CORRUPTION", `a stored message has the unknown kind ${kind}`);
}

function readInvoke(reader: ByteReader, to: InvocationKey): InvokeMessage {
  const fresh = reader.u8() === 1;
  const service = reader.string();
  const handler = reader.string();
  const key = reader.string();
  const handlerKind = HANDLER_KINDS[reader.u8()];
  if (handlerKind === undefined) {
    throw new StoreError("DATA_CORRUPTION", "a stored message names an unknown kind of handler");
  }
  const idempotencyKey = reader.optionalString();
  const headers: Header[] = [];
  for (let n = reader.varint(); n > 0; n--) {
    headers.push({ key: reader.string(), value: reader.string() });
  }
  return {
    kind: "invoke",
    to,
    fresh,
    target: { service, handler, key, handlerKind },
    idempotencyKey,
    headers,
    input: reader.blob(),
    scheduledFor: reader.u64(),
    caller: reader.binary(24) as InvocationKey,
    callerBornIn: reader.varint(),
    completionId: reader.varint(),
    root: reader.binary(24) as InvocationKey,
  };
}

function readResult(reader: ByteReader, to: InvocationKey): ResultMessage {
  const bornIn = reader.varint();
  const completionId = reader.varint();
  const failed = reader.u8() !== 0;
  const outcome: Outcome = failed
    ? { kind: "failure", failure: readFailure(reader) }
    : { kind: "value", value: reader.blob() };
  return { kind: "result", to, bornIn, completionId, outcome };
}

function readFailure(reader: ByteReader): Failure {
  const code = reader.varint();
  const message = reader.string();
  const metadata = [];
  for (let n = reader.varint(); n > 0; n--) {
    metadata.push({ key: reader.string(), value: reader.string() });
  }
  return metadata.length === 0 ? { code, message } : { code, message, metadata };
}
