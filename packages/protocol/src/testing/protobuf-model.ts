/**
 * The protocol's messages for an independent protobuf implementation: the schema in its language,
 * and our messages as its plain objects. Fields at their default are left out, as protobuf does.
 */
import protobuf from "protobufjs";
import type {
  AttachTarget,
  Failure,
  Future,
  Header,
  Message,
  NotificationResult,
  Outcome,
  ProtocolVersion,
} from "../messages.ts";

const NAMED = "string name = 12;";
const COMPLETION = "uint32 result_completion_id = 11;";
const SIGNAL_RESULT = "oneof result { Void void = 4; Value value = 5; Failure failure = 6; }";
const ATTACH = `oneof target { string invocation_id = 1;
  IdempotentRequestTarget idempotent_request_target = 3; WorkflowTarget workflow_target = 4; }`;

const PROTO = `
syntax = "proto3";
message Value { bytes content = 1; }
message Void {}
message FailureMetadata { string key = 1; string value = 2; }
message Failure { uint32 code = 1; string message = 2; repeated FailureMetadata metadata = 3; }
message Header { string key = 1; string value = 2; }
message StateEntry { bytes key = 1; bytes value = 2; }
message StateKeys { repeated bytes keys = 1; }
enum CombinatorType { UNKNOWN = 0; FIRST = 1; ALL = 2; FIRST_SUCCEEDED = 3; ALL_SUCCEEDED = 4; }
enum Behavior { RETRY = 0; PAUSE = 1; FAIL = 2; }
message Future {
  repeated uint32 waiting_completions = 1;
  repeated uint32 waiting_signals = 2;
  repeated string waiting_named_signals = 3;
  repeated Future nested_futures = 4;
  CombinatorType combinator_type = 5;
}
message IdempotentRequestTarget {
  string service_name = 1; optional string service_key = 2; string handler_name = 3;
  string idempotency_key = 4; optional string scope = 5;
}
message WorkflowTarget { string workflow_name = 1; string workflow_key = 2; optional string scope = 3; }
message StartMessage {
  bytes id = 1; string debug_id = 2; uint32 known_entries = 3; repeated StateEntry state_map = 4;
  bool partial_state = 5; string key = 6; uint32 retry_count_since_last_stored_entry = 7;
  uint64 duration_since_last_stored_entry = 8; uint64 random_seed = 9;
  optional string scope = 10; optional string limit_key = 11; optional string idempotency_key = 12;
}
message SuspensionMessage {
  repeated uint32 waiting_completions = 1;
  repeated uint32 waiting_signals = 2;
  repeated string waiting_named_signals = 3;
  Future awaiting_on = 4;
}
message ErrorMessage {
  uint32 code = 1; string message = 2; string stacktrace = 3;
  optional uint32 related_command_index = 4; optional string related_command_name = 5;
  optional uint32 related_command_type = 6; optional uint64 next_retry_delay = 8;
  Behavior behavior = 9;
}
message EndMessage {}
message CommandAckMessage { uint32 command_index = 1; }
message ProposeRunCompletionMessage {
  uint32 result_completion_id = 1;
  oneof result { bytes value = 14; Failure failure = 15; }
}
message AwaitingOnMessage { Future awaiting_on = 1; bool executing_side_effects = 2; }
message ProposeRunCompletionAckMessage { uint32 completion_id = 1; }
message InputCommandMessage { repeated Header headers = 1; Value value = 14; ${NAMED} }
message OutputCommandMessage { oneof result { Value value = 14; Failure failure = 15; } ${NAMED} }
message GetLazyStateCommandMessage { bytes key = 1; ${COMPLETION} ${NAMED} }
message SetStateCommandMessage { bytes key = 1; Value value = 3; ${NAMED} }
message ClearStateCommandMessage { bytes key = 1; ${NAMED} }
message ClearAllStateCommandMessage { ${NAMED} }
message GetLazyStateKeysCommandMessage { ${COMPLETION} ${NAMED} }
message GetEagerStateCommandMessage {
  bytes key = 1; oneof result { Void void = 13; Value value = 14; } ${NAMED}
}
message GetEagerStateKeysCommandMessage { StateKeys value = 14; ${NAMED} }
message GetPromiseCommandMessage { string key = 1; ${COMPLETION} ${NAMED} }
message PeekPromiseCommandMessage { string key = 1; ${COMPLETION} ${NAMED} }
message CompletePromiseCommandMessage {
  string key = 1;
  oneof completion { Value completion_value = 2; Failure completion_failure = 3; }
  ${COMPLETION} ${NAMED}
}
message SleepCommandMessage { uint64 wake_up_time = 1; ${COMPLETION} ${NAMED} }
message CallCommandMessage {
  string service_name = 1; string handler_name = 2; bytes parameter = 3;
  repeated Header headers = 4; string key = 5; optional string idempotency_key = 6;
  optional string scope = 7; optional string limit_key = 8;
  uint32 invocation_id_notification_idx = 10; ${COMPLETION} ${NAMED}
}
message OneWayCallCommandMessage {
  string service_name = 1; string handler_name = 2; bytes parameter = 3; uint64 invoke_time = 4;
  repeated Header headers = 5; string key = 6; optional string idempotency_key = 7;
  optional string scope = 8; optional string limit_key = 9;
  uint32 invocation_id_notification_idx = 10; ${NAMED}
}
message SendSignalCommandMessage {
  string target_invocation_id = 1; oneof signal_id { uint32 idx = 2; string name = 3; }
  ${SIGNAL_RESULT} string entry_name = 12;
}
message RunCommandMessage { ${COMPLETION} ${NAMED} }
message AttachInvocationCommandMessage { ${ATTACH} ${COMPLETION} ${NAMED} }
message GetInvocationOutputCommandMessage { ${ATTACH} ${COMPLETION} ${NAMED} }
message CompleteAwakeableCommandMessage {
  string awakeable_id = 1; oneof result { Value value = 2; Failure failure = 3; } ${NAMED}
}
message GetLazyStateCompletion {
  uint32 completion_id = 1; oneof result { Void void = 4; Value value = 5; }
}
message GetLazyStateKeysCompletion {
  uint32 completion_id = 1; oneof result { StateKeys state_keys = 17; }
}
message GetPromiseCompletion {
  uint32 completion_id = 1; oneof result { Value value = 5; Failure failure = 6; }
}
message PeekPromiseCompletion { uint32 completion_id = 1; ${SIGNAL_RESULT} }
message CompletePromiseCompletion {
  uint32 completion_id = 1; oneof result { Void void = 4; Failure failure = 6; }
}
message SleepCompletion { uint32 completion_id = 1; oneof result { Void void = 4; } }
message CallCompletion {
  uint32 completion_id = 1; oneof result { Value value = 5; Failure failure = 6; }
}
message CallInvocationIdCompletion {
  uint32 completion_id = 1; oneof result { string invocation_id = 16; }
}
message RunCompletion {
  uint32 completion_id = 1; oneof result { Value value = 5; Failure failure = 6; }
}
message AttachInvocationCompletion {
  uint32 completion_id = 1; oneof result { Value value = 5; Failure failure = 6; }
}
message GetInvocationOutputCompletion { uint32 completion_id = 1; ${SIGNAL_RESULT} }
message SignalNotification {
  oneof signal_id { uint32 idx = 2; string name = 3; }
  ${SIGNAL_RESULT}
}
`;

/** The parsed schema. */
export const protoRoot = protobuf.parse(PROTO, { keepCase: true }).root.resolveAll();

/** Unset fields of a plain object are dropped before it is encoded. */
type Plain = Readonly<Record<string, unknown>>;

/** `message` as the independent implementation's plain object. */
export function toPlain(message: Message, version: ProtocolVersion): Plain {
  return dropAbsent(fieldsOf(message, version));
}

function fieldsOf(m: Message, v: ProtocolVersion): Plain {
  switch (m.kind) {
    case "start":
      return {
        id: orUnset(m.id),
        debug_id: orUnset(m.debugId),
        known_entries: orUnset(m.knownEntries),
        state_map: m.stateMap.map(({ key, value }) =>
          dropAbsent({ key: orUnset(key), value: orUnset(value) }),
        ),
        partial_state: orUnset(m.partialState),
        key: orUnset(m.key),
        retry_count_since_last_stored_entry: orUnset(m.retryCountSinceLastStoredEntry),
        duration_since_last_stored_entry: orUnset(m.durationSinceLastStoredEntryMs),
        random_seed:
          m.randomSeed.high === 0 && m.randomSeed.low === 0
            ? undefined
            : { low: m.randomSeed.low | 0, high: m.randomSeed.high | 0, unsigned: true },
        ...(v < 7
          ? {}
          : { scope: m.scope, limit_key: m.limitKey, idempotency_key: m.idempotencyKey }),
      };
    case "suspension":
      if (v >= 7) return { awaiting_on: plainFuture(m.awaitingOn) };
      return {
        waiting_completions: m.awaitingOn.completions,
        waiting_signals: m.awaitingOn.signals,
        waiting_named_signals: m.awaitingOn.namedSignals,
      };
    case "error":
      return {
        code: orUnset(m.code),
        message: orUnset(m.message),
        stacktrace: orUnset(m.stacktrace),
        related_command_index: m.relatedCommandIndex,
        related_command_name: m.relatedCommandName,
        related_command_type: m.relatedCommandType,
        next_retry_delay: m.nextRetryDelayMs,
        behavior: orUnset(m.behavior),
      };
    case "end":
      return {};
    case "commandAck":
      return { command_index: orUnset(m.commandIndex) };
    case "proposeRunCompletion":
      return {
        result_completion_id: orUnset(m.completionId),
        ...(m.result.kind === "value"
          ? { value: m.result.value }
          : { failure: plainFailure(m.result.failure, v) }),
      };
    case "awaitingOn":
      return {
        awaiting_on: plainFuture(m.awaitingOn),
        executing_side_effects: orUnset(m.executingSideEffects),
      };
    case "proposeRunCompletionAck":
      return { completion_id: orUnset(m.completionId) };
    case "input":
      return named(m, { headers: m.headers.map(plainPair), value: plainValue(m.value) });
    case "output":
      return named(m, plainResult(m.result, v));
    case "getLazyState":
      return named(m, { key: orUnset(m.key) });
    case "setState":
      return named(m, { key: orUnset(m.key), value: plainValue(m.value) });
    case "clearState":
      return named(m, { key: orUnset(m.key) });
    case "clearAllState":
    case "getLazyStateKeys":
    case "run":
      return named(m, {});
    case "getEagerState":
      return named(m, { key: orUnset(m.key), ...plainResult(m.result, v) });
    case "getEagerStateKeys":
      return named(m, { value: dropAbsent({ keys: m.keys }) });
    case "getPromise":
    case "peekPromise":
      return named(m, { key: orUnset(m.key) });
    case "completePromise": {
      const { value, failure } = plainResult(m.completion, v);
      return named(m, {
        key: orUnset(m.key),
        completion_value: value,
        completion_failure: failure,
      });
    }
    case "sleep":
      return named(m, { wake_up_time: orUnset(m.wakeUpTime) });
    case "call":
    case "oneWayCall":
      return named(m, {
        service_name: orUnset(m.service),
        handler_name: orUnset(m.handler),
        parameter: orUnset(m.parameter),
        invoke_time: m.kind === "call" ? undefined : orUnset(m.invokeTime),
        headers: m.headers.map(plainPair),
        key: orUnset(m.key),
        idempotency_key: m.idempotencyKey,
        scope: m.scope,
        limit_key: m.limitKey,
        invocation_id_notification_idx: orUnset(m.invocationIdCompletionId),
      });
    case "sendSignal":
      return {
        target_invocation_id: orUnset(m.targetInvocationId),
        idx: m.signalIndex,
        name: m.signalName,
        ...plainResult(m.result, v),
        entry_name: orUnset(m.name),
      };
    case "attachInvocation":
    case "getInvocationOutput":
      return named(m, plainTarget(m.target));
    case "completeAwakeable":
      return named(m, { awakeable_id: orUnset(m.awakeableId), ...plainResult(m.result, v) });
    case "signal":
      return { idx: m.signalIndex, name: m.signalName, ...plainResult(m.result, v) };
    default:
      return { completion_id: orUnset(m.completionId), ...plainResult(m.result, v) };
  }
}

function named(m: { name: string; resultCompletionId?: number }, fields: Plain): Plain {
  const id = m.resultCompletionId === undefined ? undefined : orUnset(m.resultCompletionId);
  return { ...fields, result_completion_id: id, name: orUnset(m.name) };
}

function plainResult(result: Outcome | NotificationResult, v: ProtocolVersion): Plain {
  switch (result.kind) {
    case "void":
      return { void: {} };
    case "value":
      return { value: plainValue(result.value) };
    case "failure":
      return { failure: plainFailure(result.failure, v) };
    case "invocationId":
      return { invocation_id: result.invocationId };
    case "stateKeys":
      return { state_keys: dropAbsent({ keys: result.keys }) };
  }
}

function plainTarget(target: AttachTarget): Plain {
  switch (target.kind) {
    case "invocation":
      return { invocation_id: target.invocationId };
    case "idempotentRequest":
      return {
        idempotent_request_target: dropAbsent({
          service_name: orUnset(target.service),
          service_key: target.key,
          handler_name: orUnset(target.handler),
          idempotency_key: orUnset(target.idempotencyKey),
          scope: target.scope,
        }),
      };
    case "workflow":
      return {
        workflow_target: dropAbsent({
          workflow_name: orUnset(target.name),
          workflow_key: orUnset(target.key),
          scope: target.scope,
        }),
      };
  }
}

function plainFuture(future: Future): Plain {
  return dropAbsent({
    waiting_completions: future.completions,
    waiting_signals: future.signals,
    waiting_named_signals: future.namedSignals,
    nested_futures: future.nested.map(plainFuture),
    combinator_type: orUnset(future.combinator),
  });
}

function plainFailure(failure: Failure, v: ProtocolVersion): Plain {
  return dropAbsent({
    code: orUnset(failure.code),
    message: orUnset(failure.message),
    metadata: v >= 6 ? failure.metadata?.map(plainPair) : undefined,
  });
}

function plainValue(content: Uint8Array): Plain {
  return dropAbsent({ content: orUnset(content) });
}

function plainPair(pair: Header): Plain {
  return dropAbsent({ key: orUnset(pair.key), value: orUnset(pair.value) });
}

/** Undefined for a type's default value. */
function orUnset<T extends string | number | boolean | Uint8Array>(value: T): T | undefined {
  const isDefault = typeof value === "object" ? value.length === 0 : !value;
  return isDefault ? undefined : value;
}

function dropAbsent(fields: Plain): Plain {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
