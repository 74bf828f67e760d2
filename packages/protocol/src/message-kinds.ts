/** Which messages there are: kinds, wire codes, groups and senders, derived from the schema. */
import type { Command, CompletionKind, MessageKind, Notification } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { MESSAGE_SCHEMAS, type Sender } from "./schema.ts";

/** All message kinds. */
export const MESSAGE_KINDS = Object.keys(MESSAGE_SCHEMAS) as readonly MessageKind[];

/** Unknown codes with any of these bits are custom messages, which nobody handles. */
const CUSTOM_CODE_MASK = 0xfc00;

const kindsByCode = new Map(MESSAGE_KINDS.map((kind) => [MESSAGE_SCHEMAS[kind].code, kind]));

/** The message type in the frame header of `kind`. */
export function messageCode(kind: MessageKind): number {
  return MESSAGE_SCHEMAS[kind].code;
}

/** The kind of a message type; throws `UNKNOWN_MESSAGE` or `CUSTOM_MESSAGE`. */
export function messageKind(code: number): MessageKind {
  const kind = kindsByCode.get(code);
  if (kind !== undefined) return kind;
  const hex = `0x${code.toString(16).padStart(4, "0")}`;
  if ((code & CUSTOM_CODE_MASK) !== 0) {
    throw new ProtocolError("CUSTOM_MESSAGE", `custom message type ${hex} is not supported`);
  }
  throw new ProtocolError("UNKNOWN_MESSAGE", `unknown message type ${hex}`);
}

/** Whether messages of `kind` may be sent by `peer`. */
export function isSentBy(kind: MessageKind, peer: Exclude<Sender, "both">): boolean {
  const { sender } = MESSAGE_SCHEMAS[kind];
  return sender === "both" || sender === peer;
}

/** Whether the frame of `kind` may ask for an acknowledgement. */
export function isAckableKind(kind: MessageKind): boolean {
  return MESSAGE_SCHEMAS[kind].ackable;
}

/** Whether `kind` is a journal entry that user code intends. */
export function isCommandKind(kind: MessageKind): kind is Command["kind"] {
  return MESSAGE_SCHEMAS[kind].group === "command";
}

/** Whether `kind` is a journal entry that the server writes: a completion or a signal. */
export function isNotificationKind(kind: MessageKind): kind is Notification["kind"] {
  return kind === "signal" || isCompletionKind(kind);
}

/** Whether `kind` completes a command. */
export function isCompletionKind(kind: MessageKind): kind is CompletionKind {
  return MESSAGE_SCHEMAS[kind].group === "completion";
}
