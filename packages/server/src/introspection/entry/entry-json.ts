/**
 * Journal entries as the tables write them: whole, with payloads as lists of numbers, and without
 * payloads.
 */
import {
  type AttachTarget,
  type CallCommand,
  type Command,
  type Failure,
  isCommandKind,
  type Message,
  type Notification,
  type NotificationResult,
  type OneWayCallCommand,
} from "@rejoin/protocol";
import { shortName } from "./entry-names.ts";

/** What is known of a call besides its command. */
export interface CallContext {
  /** The id of the invocation that it made, once it is in the journal. */
  invocationIdOf(completionId: number): string | undefined;
  typeOf(service: string): "service" | "virtual_object" | "workflow";
  isShared(service: string, handler: string): boolean;
}

export interface EntryJson {
  readonly full: unknown;
  /** Without payloads. */
  readonly lite: unknown;
}

/** `undefined` for a message that is no entry. */
export function toEntryJson(message: Message, context: CallContext): EntryJson {
  const { kind } = message;
  if (!isCommandKind(kind)) return ofNotification(message as Notification);
  const command = message as Command;
  const name = shortName(kind);
  const { full, lite } = ofCommand(command, context);
  return {
    full: { Command: { [name]: { ...full, name: command.name } } },
    lite: {
      Command: { [name]: { ...lite, ...(command.name === "" ? {} : { name: command.name }) } },
    },
  };
}

interface Fields {
  readonly full: object;
  readonly lite: object;
}

const same = (fields: object): Fields => ({ full: fields, lite: fields });

function ofCommand(command: Command, context: CallContext): Fields {
  switch (command.kind) {
    case "input":
      return {
        full: {
          headers: command.headers.map(({ key, value }) => ({ name: key, value })),
          payload: numbers(command.value),
        },
        lite: {},
      };
    case "output":
      return resulting({}, "result", command.result);
    case "getLazyState":
    case "getPromise":
    case "peekPromise":
      return same({ key: keyText(command.key), completion_id: command.resultCompletionId });
    case "setState":
      return {
        full: { key: keyText(command.key), value: numbers(command.value) },
        lite: { key: keyText(command.key) },
      };
    case "clearState":
      return same({ key: keyText(command.key) });
    case "clearAllState":
      return same({});
    case "getLazyStateKeys":
    case "run":
      return same({ completion_id: command.resultCompletionId });
    case "getEagerState":
      return resulting({ key: keyText(command.key) }, "result", command.result);
    case "getEagerStateKeys":
      return same({ state_keys: command.keys.map(keyText) });
    case "completePromise":
      return resulting(
        { key: command.key, completion_id: command.resultCompletionId },
        "value",
        command.completion,
      );
    case "sleep":
      return same({ wake_up_time: command.wakeUpTime, completion_id: command.resultCompletionId });
    case "call":
    case "oneWayCall":
      return ofRequest(command, context);
    case "sendSignal": {
      const { targetInvocationId, signalIndex, signalName } = command;
      const signal_id = signalName === undefined ? { Index: signalIndex } : { Name: signalName };
      const base = { target_invocation_id: targetInvocationId, signal_id };
      return resulting(base, "result", command.result);
    }
    case "attachInvocation":
    case "getInvocationOutput":
      return same({
        target: attachTarget(command.target),
        completion_id: command.resultCompletionId,
      });
    case "completeAwakeable":
      return resulting({ id: command.awakeableId }, "result", command.result);
  }
}

function ofRequest(command: CallCommand | OneWayCallCommand, context: CallContext): Fields {
  const { parameter, headers, idempotencyKey, invocationIdCompletionId, limitKey } = command;
  const invocation_id = context.invocationIdOf(invocationIdCompletionId) ?? null;
  const invocation_target = targetOf(command, context);
  const ids =
    command.kind === "call"
      ? {
          invocation_id_completion_id: invocationIdCompletionId,
          result_completion_id: command.resultCompletionId,
        }
      : {
          invoke_time: command.invokeTime,
          invocation_id_completion_id: invocationIdCompletionId,
        };
  const request = {
    invocation_id,
    invocation_target,
    span_context: null,
    parameter: numbers(parameter),
    headers: headers.map(({ key, value }) => ({ name: key, value })),
    idempotency_key: idempotencyKey ?? null,
    ...(limitKey === undefined ? {} : { limit_key: limitKey }),
  };
  return { full: { request, ...ids }, lite: { invocation_id, invocation_target, ...ids } };
}

function targetOf(command: CallCommand | OneWayCallCommand, context: CallContext): object {
  const { service: name, handler, key, scope = null } = command;
  const isShared = context.isShared(name, handler);
  switch (context.typeOf(name)) {
    case "service":
      return key === ""
        ? { Service: { name, handler, scope } }
        : { VirtualObject: { name, key, handler, handler_ty: "Exclusive", scope } };
    case "virtual_object": {
      const handler_ty = isShared ? "Shared" : "Exclusive";
      return { VirtualObject: { name, key, handler, handler_ty, scope } };
    }
    case "workflow": {
      const handler_ty = isShared ? "Shared" : "Workflow";
      return { Workflow: { name, key, handler, handler_ty, scope } };
    }
  }
}

function attachTarget(target: AttachTarget): object {
  switch (target.kind) {
    case "invocation":
      return { InvocationId: target.invocationId };
    case "workflow":
      return { Workflow: { service_name: target.name, key: target.key } };
    case "idempotentRequest":
      return {
        IdempotentRequest: {
          service_name: target.service,
          service_key: target.key ?? null,
          handler_name: target.handler,
          idempotency_key: target.idempotencyKey,
        },
      };
  }
}

function ofNotification(notification: Notification): EntryJson {
  const { result } = notification;
  if (notification.kind === "signal") {
    const { signalIndex, signalName } = notification;
    const byName = signalName !== undefined;
    const id = byName ? { Name: signalName } : { Index: signalIndex };
    const liteId = byName ? { SignalName: signalName } : { SignalIndex: signalIndex };
    return {
      full: { Notification: { Signal: { id, result: resultJson(result) } } },
      lite: { Notification: { ty: "Signal", id: liteId, result: resultName(result) } },
    };
  }
  const name = shortName(notification.kind);
  const { completionId } = notification;
  const outcome =
    result.kind === "invocationId"
      ? { invocation_id: result.invocationId }
      : result.kind === "stateKeys"
        ? { state_keys: result.keys.map(keyText) }
        : { result: resultJson(result) };
  const full = { [name]: { completion_id: completionId, ...outcome } };
  return {
    full: { Notification: { Completion: full } },
    lite: {
      Notification: {
        ty: { Completion: name },
        id: { CompletionId: completionId },
        result: resultName(result),
      },
    },
  };
}

function resulting(base: object, member: string, result: NotificationResult): Fields {
  return {
    full: { ...base, [member]: resultJson(result) },
    lite: { ...base, [member]: resultName(result) },
  };
}

function resultJson(result: NotificationResult): unknown {
  switch (result.kind) {
    case "value":
      return { Success: numbers(result.value) };
    case "failure":
      return { Failure: failureJson(result.failure) };
    case "void":
      return "Void";
    case "invocationId":
      return { InvocationId: result.invocationId };
    case "stateKeys":
      return { StateKeys: result.keys.map(keyText) };
  }
}

function failureJson({ code, message, metadata = [] }: Failure): object {
  return { code, message, metadata: metadata.map(({ key, value }) => ({ key, value })) };
}

const RESULT_NAMES: Readonly<Record<NotificationResult["kind"], string>> = {
  value: "Success",
  failure: "Failure",
  void: "Void",
  invocationId: "InvocationId",
  stateKeys: "StateKeys",
};

function resultName(result: NotificationResult): string {
  return RESULT_NAMES[result.kind];
}

function numbers(bytes: Uint8Array): number[] {
  return Array.from(bytes);
}

const decoder = new TextDecoder();

function keyText(key: Uint8Array | string): string {
  return typeof key === "string" ? key : decoder.decode(key);
}
