/**
 * Messages to bytes and back. The tables below name, for every message, the functions that know its
 * fields; a frame is 8 bytes (message type u16, flags u16, body length u32, big-endian) and the body.
 */
import { decodeAttachInvocation, decodeGetInvocationOutput, encodeAttach } from "./codec-attach.ts";
import { decodeCall, decodeOneWayCall, encodeCall, encodeOneWayCall } from "./codec-calls.ts";
import * as commands from "./codec-commands.ts";
import * as control from "./codec-control.ts";
import * as notifications from "./codec-notifications.ts";
import { isAckableKind, isCompletionKind, messageCode, messageKind } from "./message-kinds.ts";
import type { CompletionKind, Message, MessageKind, ProtocolVersion } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { MESSAGE_SCHEMAS } from "./schema.ts";
import { Reader } from "./wire-reader.ts";
import { Writer } from "./wire-writer.ts";

/** The flag of a frame that asks to be acknowledged. */
export const REQUEST_ACK_FLAG = 0x8000;

/** One for all calls, since each uses it to the end before it returns. */
const writer = new Writer();

/**
 * The body of `message` without its frame header; `requestAck` is not part of a body. The result may
 * be a view of a larger buffer, as is that of the next two, so its `buffer` must not be transferred.
 */
export function encodeBody(message: Message, version: ProtocolVersion): Uint8Array {
  writer.reset();
  writeBody(message, version);
  return writer.take();
}

/** The frame of `message`: header and body in one piece of memory. */
export function encodeFrame(message: Message, version: ProtocolVersion): Uint8Array {
  writer.reset();
  writeFrame(message, version);
  return writer.take();
}

/** The frames of `messages`, one after the other, in one piece of memory. */
export function encodeFrames(messages: readonly Message[], version: ProtocolVersion): Uint8Array {
  writer.reset();
  for (let i = messages.length - 1; i >= 0; i--) writeFrame(messages[i] as Message, version);
  return writer.take();
}

/**
 * The message of type `code` in `body`. Byte strings in it are views of `body`. Unknown fields and
 * flags are skipped; throws a {@link ProtocolError} that names message and field otherwise.
 */
export function decodeBody(
  code: number,
  flags: number,
  body: Uint8Array,
  version: ProtocolVersion,
): Message {
  const kind = messageKind(code);
  if (version !== 7) assertKnown(kind, version);
  const reader = new Reader(body, kind);
  const message = isCompletionKind(kind)
    ? notifications.decodeCompletion(reader, kind)
    : DECODERS[kind](reader, version);
  if ((flags & REQUEST_ACK_FLAG) !== 0 && isAckableKind(kind)) {
    (message as { requestAck?: boolean }).requestAck = true;
  }
  return message;
}

function writeFrame(message: Message, version: ProtocolVersion): void {
  const start = writer.length;
  writeBody(message, version);
  const asksForAck = "requestAck" in message && message.requestAck === true;
  writer.frameHeader(messageCode(message.kind), asksForAck ? REQUEST_ACK_FLAG : 0, start);
}

function writeBody(message: Message, version: ProtocolVersion): void {
  const { kind } = message;
  if (version !== 7) assertKnown(kind, version);
  const encode = ENCODERS[kind] as (w: Writer, m: Message, v: ProtocolVersion) => void;
  encode(writer, message, version);
}

function assertKnown(kind: MessageKind, version: ProtocolVersion): void {
  const { name, since } = MESSAGE_SCHEMAS[kind];
  if (version < since) {
    throw new ProtocolError(
      "UNSUPPORTED_VERSION",
      `${name} needs protocol version ${since}, negotiated is ${version}`,
    );
  }
}

type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>;
type Encoders = {
  readonly [K in MessageKind]: (w: Writer, message: MessageOf<K>, version: ProtocolVersion) => void;
};
type Decoders = {
  readonly [K in Exclude<MessageKind, CompletionKind>]: (
    r: Reader,
    version: ProtocolVersion,
  ) => MessageOf<K>;
};

const ENCODERS: Encoders = {
  start: control.encodeStart,
  suspension: control.encodeSuspension,
  error: control.encodeError,
  end: control.encodeEnd,
  commandAck: control.encodeCommandAck,
  proposeRunCompletion: control.encodeProposal,
  awaitingOn: control.encodeAwaitingOn,
  proposeRunCompletionAck: control.encodeProposalAck,
  input: commands.encodeInput,
  output: commands.encodeOutput,
  getLazyState: commands.encodeGetLazyState,
  setState: commands.encodeSetState,
  clearState: commands.encodeClearState,
  clearAllState: commands.encodeClearAllState,
  getLazyStateKeys: commands.encodeNamed,
  getEagerState: commands.encodeGetEagerState,
  getEagerStateKeys: commands.encodeGetEagerStateKeys,
  getPromise: commands.encodePromiseRead,
  peekPromise: commands.encodePromiseRead,
  completePromise: commands.encodeCompletePromise,
  sleep: commands.encodeSleep,
  call: encodeCall,
  oneWayCall: encodeOneWayCall,
  sendSignal: notifications.encodeSendSignal,
  run: commands.encodeNamed,
  attachInvocation: encodeAttach,
  getInvocationOutput: encodeAttach,
  completeAwakeable: commands.encodeCompleteAwakeable,
  getLazyStateCompletion: notifications.encodeCompletion,
  getLazyStateKeysCompletion: notifications.encodeCompletion,
  getPromiseCompletion: notifications.encodeCompletion,
  peekPromiseCompletion: notifications.encodeCompletion,
  completePromiseCompletion: notifications.encodeCompletion,
  sleepCompletion: notifications.encodeCompletion,
  callCompletion: notifications.encodeCompletion,
  callInvocationIdCompletion: notifications.encodeCompletion,
  runCompletion: notifications.encodeCompletion,
  attachInvocationCompletion: notifications.encodeCompletion,
  getInvocationOutputCompletion: notifications.encodeCompletion,
  signal: notifications.encodeSignal,
};

const DECODERS: Decoders = {
  start: control.decodeStart,
  suspension: control.decodeSuspension,
  error: control.decodeError,
  end: control.decodeEnd,
  commandAck: control.decodeCommandAck,
  proposeRunCompletion: control.decodeProposal,
  awaitingOn: control.decodeAwaitingOn,
  proposeRunCompletionAck: control.decodeProposalAck,
  input: commands.decodeInput,
  output: commands.decodeOutput,
  getLazyState: commands.decodeGetLazyState,
  setState: commands.decodeSetState,
  clearState: commands.decodeClearState,
  clearAllState: commands.decodeClearAllState,
  getLazyStateKeys: commands.decodeGetLazyStateKeys,
  getEagerState: commands.decodeGetEagerState,
  getEagerStateKeys: commands.decodeGetEagerStateKeys,
  getPromise: commands.decodeGetPromise,
  peekPromise: commands.decodePeekPromise,
  completePromise: commands.decodeCompletePromise,
  sleep: commands.decodeSleep,
  call: decodeCall,
  oneWayCall: decodeOneWayCall,
  sendSignal: notifications.decodeSendSignal,
  run: commands.decodeRun,
  attachInvocation: decodeAttachInvocation,
  getInvocationOutput: decodeGetInvocationOutput,
  completeAwakeable: commands.decodeCompleteAwakeable,
  signal: notifications.decodeSignal,
};
