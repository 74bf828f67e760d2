/** Journal entries as the admin API shows them: what they are, without payloads. */
import {
  type AttachTarget,
  type Command,
  isCommandKind,
  isNotificationKind,
  type Message,
  type MessageKind,
  messageKind,
  type Notification,
  type NotificationResult,
} from "@rejoin/protocol";
import type { JournalItem } from "../ports.ts";
import type { EntryResultResource, JournalEntryResource } from "../schemas/invocation.ts";
import { formatInstant } from "../text-formats.ts";
import { defined } from "./defined.ts";

type Details = Partial<JournalEntryResource>;

export function toJournalEntry(item: JournalItem): JournalEntryResource {
  const { index, code, appendedAt, length, message } = item;
  return {
    index,
    entry_type: entryType(messageKind(code)),
    appended_at: formatInstant(appendedAt),
    length,
    ...(message === undefined ? {} : detailsOf(message)),
  };
}

/** The name of a command by its wire code, such as `Call`. */
export function commandType(code: number): string {
  return capitalized(messageKind(code));
}

function entryType(kind: MessageKind): string {
  if (isCommandKind(kind)) return `Command: ${capitalized(kind)}`;
  return `Notification: ${capitalized(kind.replace(/Completion$/, ""))}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function detailsOf(message: Message): Details {
  const { kind } = message;
  if (isNotificationKind(kind)) return ofNotification(message as Notification);
  if (!isCommandKind(kind)) return {};
  const command = message as Command;
  return { ...(command.name === "" ? {} : { name: command.name }), ...ofCommand(command) };
}

function ofNotification(notification: Notification): Details {
  const result = toResult(notification.result);
  if (notification.kind !== "signal") return { completion_id: notification.completionId, result };
  const { signalIndex, signalName } = notification;
  return { ...defined({ signal_index: signalIndex, signal_name: signalName }), result };
}

function ofCommand(command: Command): Details {
  const completion =
    "resultCompletionId" in command ? { completion_id: command.resultCompletionId } : {};
  return { ...completion, ...ofKind(command) };
}

function ofKind(command: Command): Details {
  switch (command.kind) {
    case "input":
      return { value_length: command.value.length };
    case "output":
      return { result: toResult(command.result) };
    case "getLazyState":
    case "clearState":
      return { state_key: textOf(command.key) };
    case "setState":
      return { state_key: textOf(command.key), value_length: command.value.length };
    case "getEagerState":
      return { state_key: textOf(command.key), result: toResult(command.result) };
    case "getEagerStateKeys":
      return { result: { kind: "state_keys", count: command.keys.length } };
    case "getPromise":
    case "peekPromise":
      return { promise_name: command.key };
    case "completePromise":
      return { promise_name: command.key, result: toResult(command.completion) };
    case "sleep":
      return { sleep_wakeup_at: formatInstant(command.wakeUpTime) };
    case "call":
    case "oneWayCall":
      return ofRequest(command);
    case "sendSignal":
      return {
        invoked_id: command.targetInvocationId,
        ...defined({ signal_index: command.signalIndex, signal_name: command.signalName }),
        result: toResult(command.result),
      };
    case "attachInvocation":
    case "getInvocationOutput":
      return ofTarget(command.target);
    case "completeAwakeable":
      return { awakeable_id: command.awakeableId, result: toResult(command.result) };
    case "run":
    case "clearAllState":
    case "getLazyStateKeys":
      return {};
  }
}

function ofRequest(command: Extract<Command, { readonly kind: "call" | "oneWayCall" }>): Details {
  const { service, handler, key, parameter, invocationIdCompletionId } = command;
  const invokeAt = command.kind === "oneWayCall" ? command.invokeTime : 0;
  return {
    target: key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`,
    invocation_id_completion_id: invocationIdCompletionId,
    value_length: parameter.length,
    ...defined({
      idempotency_key: command.idempotencyKey,
      invoke_at: invokeAt === 0 ? undefined : formatInstant(invokeAt),
    }),
  };
}

function ofTarget(target: AttachTarget): Details {
  switch (target.kind) {
    case "invocation":
      return { invoked_id: target.invocationId };
    case "workflow":
      return { target: `${target.name}/${target.key}` };
    case "idempotentRequest": {
      const { service, key, handler, idempotencyKey } = target;
      const path = key === undefined ? `${service}/${handler}` : `${service}/${key}/${handler}`;
      return { target: path, idempotency_key: idempotencyKey };
    }
  }
}

function toResult(result: NotificationResult): EntryResultResource {
  switch (result.kind) {
    case "value":
      return { kind: "success", length: result.value.length };
    case "failure":
      return { kind: "failure", code: result.failure.code, message: result.failure.message };
    case "void":
      return { kind: "void" };
    case "invocationId":
      return { kind: "invocation_id", invocation_id: result.invocationId };
    case "stateKeys":
      return { kind: "state_keys", count: result.keys.length };
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
