/**
 * The message table of the service protocol as data: which messages exist, their wire codes, who
 * sends them, and their fields. The codec is written by hand for speed; tests hold it, this table
 * and an independent protobuf implementation against each other.
 *
 * Any change here is a change of the wire: a test pins a hash of the table beside
 * {@link PROTOCOL_SCHEMA_VERSION} and asks for a new version.
 */
import type { MessageKind, ProtocolVersion } from "./messages.ts";

/** Counts the changes of the table below. */
export const PROTOCOL_SCHEMA_VERSION = 1;

/** The types that occur inside messages only. */
export type NestedName =
  | "Value"
  | "Void"
  | "Failure"
  | "FailureMetadata"
  | "Header"
  | "StateEntry"
  | "StateKeys"
  | "Future"
  | "IdempotentRequestTarget"
  | "WorkflowTarget";
/** The other types of fields. */
export type ScalarType = "u32" | "u64" | "bool" | "enum" | "string" | "bytes";

/** `implicit`: absent means the type's default; `optional` and oneof members record presence. */
export type FieldPresence = "implicit" | "optional" | "repeated" | { readonly oneof: string };

/** A field of a message or nested type. */
export interface FieldSchema {
  readonly number: number;
  /** The name in the protobuf sources. */
  readonly name: string;
  readonly type: ScalarType | NestedName;
  readonly presence: FieldPresence;
  /** First and last version that knows the field. */
  readonly versions: readonly [since: ProtocolVersion, until: ProtocolVersion];
}

/** What a message is to the journal; control messages are not part of it. */
export type MessageGroup = "control" | "command" | "completion" | "signal";
/** Who may send a message. */
export type Sender = "server" | "endpoint" | "both";

/** What the table says about a message. */
export interface MessageSchema {
  /** The name in the protobuf sources. */
  readonly name: string;
  /** The message type in the frame header. */
  readonly code: number;
  readonly group: MessageGroup;
  readonly sender: Sender;
  /** The first version that knows the message. */
  readonly since: ProtocolVersion;
  /** Whether the frame's ack flag has a meaning. */
  readonly ackable: boolean;
  readonly fields: readonly FieldSchema[];
}

type FieldType = FieldSchema["type"];

function field(number: number, name: string, type: FieldType): FieldSchema {
  return { number, name, type, presence: "implicit", versions: [5, 7] };
}
function optional(number: number, name: string, type: FieldType): FieldSchema {
  return { ...field(number, name, type), presence: "optional" };
}
function repeated(number: number, name: string, type: FieldType): FieldSchema {
  return { ...field(number, name, type), presence: "repeated" };
}
function oneof(group: string, ...members: readonly FieldSchema[]): readonly FieldSchema[] {
  return members.map((member) => ({ ...member, presence: { oneof: group } }));
}
function since(version: ProtocolVersion, member: FieldSchema): FieldSchema {
  return { ...member, versions: [version, 7] };
}
function until(version: ProtocolVersion, member: FieldSchema): FieldSchema {
  return { ...member, versions: [5, version] };
}

const RESULT_COMPLETION_ID = field(11, "result_completion_id", "u32");
const NAME = field(12, "name", "string");
const ATTACH_TARGET = oneof(
  "target",
  field(1, "invocation_id", "string"),
  field(3, "idempotent_request_target", "IdempotentRequestTarget"),
  field(4, "workflow_target", "WorkflowTarget"),
);
const VOID = field(4, "void", "Void");
const VALUE = field(5, "value", "Value");
const FAILURE = field(6, "failure", "Failure");

function control(
  code: number,
  name: string,
  sender: Sender,
  fields: readonly FieldSchema[],
  more: Partial<MessageSchema> = {},
): MessageSchema {
  return { name, code, group: "control", sender, since: 5, ackable: false, fields, ...more };
}

function command(code: number, name: string, ...own: readonly FieldSchema[]): MessageSchema {
  const fields = [...own, NAME];
  return { name, code, group: "command", sender: "both", since: 5, ackable: true, fields };
}

function completion(code: number, name: string, ...results: readonly FieldSchema[]): MessageSchema {
  const fields = [field(1, "completion_id", "u32"), ...oneof("result", ...results)];
  return { name, code, group: "completion", sender: "server", since: 5, ackable: false, fields };
}

/** Types that occur inside messages only. */
export const NESTED_SCHEMAS: Readonly<Record<NestedName, readonly FieldSchema[]>> = {
  Value: [field(1, "content", "bytes")],
  Void: [],
  Failure: [
    field(1, "code", "u32"),
    field(2, "message", "string"),
    since(6, repeated(3, "metadata", "FailureMetadata")),
  ],
  FailureMetadata: [field(1, "key", "string"), field(2, "value", "string")],
  Header: [field(1, "key", "string"), field(2, "value", "string")],
  StateEntry: [field(1, "key", "bytes"), field(2, "value", "bytes")],
  StateKeys: [repeated(1, "keys", "bytes")],
  Future: [
    repeated(1, "waiting_completions", "u32"),
    repeated(2, "waiting_signals", "u32"),
    repeated(3, "waiting_named_signals", "string"),
    repeated(4, "nested_futures", "Future"),
    field(5, "combinator_type", "enum"),
  ],
  IdempotentRequestTarget: [
    field(1, "service_name", "string"),
    optional(2, "service_key", "string"),
    field(3, "handler_name", "string"),
    field(4, "idempotency_key", "string"),
    optional(5, "scope", "string"),
  ],
  WorkflowTarget: [
    field(1, "workflow_name", "string"),
    field(2, "workflow_key", "string"),
    optional(3, "scope", "string"),
  ],
};

/** The messages, by their kind. */
export const MESSAGE_SCHEMAS: Readonly<Record<MessageKind, MessageSchema>> = {
  start: control(0x0000, "StartMessage", "server", [
    field(1, "id", "bytes"),
    field(2, "debug_id", "string"),
    field(3, "known_entries", "u32"),
    repeated(4, "state_map", "StateEntry"),
    field(5, "partial_state", "bool"),
    field(6, "key", "string"),
    field(7, "retry_count_since_last_stored_entry", "u32"),
    field(8, "duration_since_last_stored_entry", "u64"),
    field(9, "random_seed", "u64"),
    since(7, optional(10, "scope", "string")),
    since(7, optional(11, "limit_key", "string")),
    since(7, optional(12, "idempotency_key", "string")),
  ]),
  suspension: control(0x0001, "SuspensionMessage", "endpoint", [
    until(6, repeated(1, "waiting_completions", "u32")),
    until(6, repeated(2, "waiting_signals", "u32")),
    until(6, repeated(3, "waiting_named_signals", "string")),
    since(7, optional(4, "awaiting_on", "Future")),
  ]),
  error: control(0x0002, "ErrorMessage", "endpoint", [
    field(1, "code", "u32"),
    field(2, "message", "string"),
    field(3, "stacktrace", "string"),
    optional(4, "related_command_index", "u32"),
    optional(5, "related_command_name", "string"),
    optional(6, "related_command_type", "u32"),
    optional(8, "next_retry_delay", "u64"),
    field(9, "behavior", "enum"),
  ]),
  end: control(0x0003, "EndMessage", "endpoint", []),
  commandAck: control(0x0004, "CommandAckMessage", "server", [field(1, "command_index", "u32")]),
  proposeRunCompletion: control(
    0x0005,
    "ProposeRunCompletionMessage",
    "endpoint",
    [
      field(1, "result_completion_id", "u32"),
      ...oneof("result", field(14, "value", "bytes"), field(15, "failure", "Failure")),
    ],
    { ackable: true },
  ),
  awaitingOn: control(
    0x0006,
    "AwaitingOnMessage",
    "endpoint",
    [optional(1, "awaiting_on", "Future"), field(2, "executing_side_effects", "bool")],
    { since: 7 },
  ),
  proposeRunCompletionAck: control(
    0x0007,
    "ProposeRunCompletionAckMessage",
    "server",
    [field(1, "completion_id", "u32")],
    { since: 7 },
  ),

  input: command(
    0x0400,
    "InputCommandMessage",
    repeated(1, "headers", "Header"),
    optional(14, "value", "Value"),
  ),
  output: command(
    0x0401,
    "OutputCommandMessage",
    ...oneof("result", field(14, "value", "Value"), field(15, "failure", "Failure")),
  ),
  getLazyState: command(
    0x0402,
    "GetLazyStateCommandMessage",
    field(1, "key", "bytes"),
    RESULT_COMPLETION_ID,
  ),
  setState: command(
    0x0403,
    "SetStateCommandMessage",
    field(1, "key", "bytes"),
    optional(3, "value", "Value"),
  ),
  clearState: command(0x0404, "ClearStateCommandMessage", field(1, "key", "bytes")),
  clearAllState: command(0x0405, "ClearAllStateCommandMessage"),
  getLazyStateKeys: command(0x0406, "GetLazyStateKeysCommandMessage", RESULT_COMPLETION_ID),
  getEagerState: command(
    0x0407,
    "GetEagerStateCommandMessage",
    field(1, "key", "bytes"),
    ...oneof("result", field(13, "void", "Void"), field(14, "value", "Value")),
  ),
  getEagerStateKeys: command(
    0x0408,
    "GetEagerStateKeysCommandMessage",
    optional(14, "value", "StateKeys"),
  ),
  getPromise: command(
    0x0409,
    "GetPromiseCommandMessage",
    field(1, "key", "string"),
    RESULT_COMPLETION_ID,
  ),
  peekPromise: command(
    0x040a,
    "PeekPromiseCommandMessage",
    field(1, "key", "string"),
    RESULT_COMPLETION_ID,
  ),
  completePromise: command(
    0x040b,
    "CompletePromiseCommandMessage",
    field(1, "key", "string"),
    ...oneof(
      "completion",
      field(2, "completion_value", "Value"),
      field(3, "completion_failure", "Failure"),
    ),
    RESULT_COMPLETION_ID,
  ),
  sleep: command(
    0x040c,
    "SleepCommandMessage",
    field(1, "wake_up_time", "u64"),
    RESULT_COMPLETION_ID,
  ),
  call: command(
    0x040d,
    "CallCommandMessage",
    field(1, "service_name", "string"),
    field(2, "handler_name", "string"),
    field(3, "parameter", "bytes"),
    repeated(4, "headers", "Header"),
    field(5, "key", "string"),
    optional(6, "idempotency_key", "string"),
    optional(7, "scope", "string"),
    optional(8, "limit_key", "string"),
    field(10, "invocation_id_notification_idx", "u32"),
    RESULT_COMPLETION_ID,
  ),
  oneWayCall: command(
    0x040e,
    "OneWayCallCommandMessage",
    field(1, "service_name", "string"),
    field(2, "handler_name", "string"),
    field(3, "parameter", "bytes"),
    field(4, "invoke_time", "u64"),
    repeated(5, "headers", "Header"),
    field(6, "key", "string"),
    optional(7, "idempotency_key", "string"),
    optional(8, "scope", "string"),
    optional(9, "limit_key", "string"),
    field(10, "invocation_id_notification_idx", "u32"),
  ),
  sendSignal: {
    name: "SendSignalCommandMessage",
    code: 0x0410,
    group: "command",
    sender: "both",
    since: 5,
    ackable: true,
    fields: [
      field(1, "target_invocation_id", "string"),
      ...oneof("signal_id", field(2, "idx", "u32"), field(3, "name", "string")),
      ...oneof("result", VOID, VALUE, FAILURE),
      field(12, "entry_name", "string"),
    ],
  },
  run: command(0x0411, "RunCommandMessage", RESULT_COMPLETION_ID),
  attachInvocation: command(
    0x0412,
    "AttachInvocationCommandMessage",
    ...ATTACH_TARGET,
    RESULT_COMPLETION_ID,
  ),
  getInvocationOutput: command(
    0x0413,
    "GetInvocationOutputCommandMessage",
    ...ATTACH_TARGET,
    RESULT_COMPLETION_ID,
  ),
  completeAwakeable: command(
    0x0414,
    "CompleteAwakeableCommandMessage",
    field(1, "awakeable_id", "string"),
    ...oneof("result", field(2, "value", "Value"), field(3, "failure", "Failure")),
  ),

  getLazyStateCompletion: completion(0x8002, "GetLazyStateCompletion", VOID, VALUE),
  getLazyStateKeysCompletion: completion(
    0x8006,
    "GetLazyStateKeysCompletion",
    field(17, "state_keys", "StateKeys"),
  ),
  getPromiseCompletion: completion(0x8009, "GetPromiseCompletion", VALUE, FAILURE),
  peekPromiseCompletion: completion(0x800a, "PeekPromiseCompletion", VOID, VALUE, FAILURE),
  completePromiseCompletion: completion(0x800b, "CompletePromiseCompletion", VOID, FAILURE),
  sleepCompletion: completion(0x800c, "SleepCompletion", VOID),
  callCompletion: completion(0x800d, "CallCompletion", VALUE, FAILURE),
  callInvocationIdCompletion: completion(
    0x800e,
    "CallInvocationIdCompletion",
    field(16, "invocation_id", "string"),
  ),
  runCompletion: completion(0x8011, "RunCompletion", VALUE, FAILURE),
  attachInvocationCompletion: completion(0x8012, "AttachInvocationCompletion", VALUE, FAILURE),
  getInvocationOutputCompletion: completion(
    0x8013,
    "GetInvocationOutputCompletion",
    VOID,
    VALUE,
    FAILURE,
  ),
  signal: {
    name: "SignalNotification",
    code: 0xfbff,
    group: "signal",
    sender: "server",
    since: 5,
    ackable: false,
    fields: [
      ...oneof("signal_id", field(2, "idx", "u32"), field(3, "name", "string")),
      ...oneof("result", VOID, VALUE, FAILURE),
    ],
  },
};
