/** Journals in a form that tests can look at. */
import type { Message, NotificationResult } from "@rejoin/protocol";
import { isCommandKind, messageKind } from "@rejoin/protocol";

/** One entry of a journal. */
export interface JournalEntry {
  readonly index: number;
  /** Whether the handler wrote it; otherwise the server did. */
  readonly isCommand: boolean;
  /** Such as `call`, `run`, `sleep`, `setState`; of a notification such as `callCompletion`. */
  readonly kind: string;
  /** That of a `run`, or what the handler gave the command. */
  readonly name: string | undefined;
  /** `service/handler` or `service/key/handler` of a call. */
  readonly target: string | undefined;
  /** The name of a state or of a durable promise. */
  readonly key: string | undefined;
  /**
   * The payload: what JSON says, else bytes. `undefined` if there is none, or if it is too large to
   * lie in the journal itself.
   */
  readonly value: unknown;
  /** With what a failure says. */
  readonly failure: { readonly code: number; readonly message: string } | undefined;
  /** Links a command to the notification that completes it. */
  readonly completionId: number | undefined;
  /** Links a call to the notification that says which invocation it has started. */
  readonly invocationIdCompletionId: number | undefined;
  /** Of the invocation that a call has started: in its notification. */
  readonly invocationId: string | undefined;
  /** When it became durable. */
  readonly appendedAt: number;
  /** One line for people. */
  readonly text: string;
}

interface Stored {
  readonly index: number;
  readonly code: number;
  readonly appendedAt: number;
  readonly message: Message | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });
const TEXT_MAX = 120;

export function toJournalEntry({ index, code, appendedAt, message }: Stored): JournalEntry {
  const kind = messageKind(code);
  const fields = message === undefined ? NOTHING : fieldsOf(message);
  const entry = { index, kind, isCommand: isCommandKind(kind), appendedAt, ...fields };
  return { ...entry, text: textOf(entry) };
}

type Fields = Pick<
  JournalEntry,
  | "name"
  | "target"
  | "key"
  | "value"
  | "failure"
  | "completionId"
  | "invocationIdCompletionId"
  | "invocationId"
>;

const NOTHING: Fields = {
  name: undefined,
  target: undefined,
  key: undefined,
  value: undefined,
  failure: undefined,
  completionId: undefined,
  invocationIdCompletionId: undefined,
  invocationId: undefined,
};

function fieldsOf(message: Message): Fields {
  const result = resultOf(message);
  return {
    name: "name" in message && message.name !== "" ? message.name : signalName(message),
    target:
      message.kind === "call" || message.kind === "oneWayCall" ? targetOf(message) : undefined,
    key: keyOf(message),
    value: payloadOf(message, result),
    failure: result?.kind === "failure" ? result.failure : undefined,
    completionId: completionOf(message),
    invocationIdCompletionId:
      "invocationIdCompletionId" in message ? message.invocationIdCompletionId : undefined,
    invocationId: result?.kind === "invocationId" ? result.invocationId : undefined,
  };
}

function signalName(message: Message): string | undefined {
  return message.kind === "signal" ? message.signalName : undefined;
}

function targetOf({
  service,
  key,
  handler,
}: {
  readonly service: string;
  readonly key: string;
  readonly handler: string;
}): string {
  return key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
}

function keyOf(message: Message): string | undefined {
  switch (message.kind) {
    case "getLazyState":
    case "getEagerState":
    case "setState":
    case "clearState":
      return new TextDecoder().decode(message.key);
    case "getPromise":
    case "peekPromise":
    case "completePromise":
      return message.key;
    default:
      return undefined;
  }
}

function completionOf(message: Message): number | undefined {
  if ("resultCompletionId" in message) return message.resultCompletionId;
  return "completionId" in message ? message.completionId : undefined;
}

function resultOf(message: Message): NotificationResult | undefined {
  if (message.kind === "completePromise") return message.completion;
  return "result" in message ? message.result : undefined;
}

function payloadOf(message: Message, result: NotificationResult | undefined): unknown {
  if (result?.kind === "value") return decodeValue(result.value);
  if (message.kind === "sleep") return new Date(message.wakeUpTime);
  if (message.kind === "input" || message.kind === "setState") return decodeValue(message.value);
  return "parameter" in message ? decodeValue(message.parameter) : undefined;
}

/** What JSON says, else text, else bytes; `undefined` for nothing at all. */
export function decodeValue(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return bytes;
  }
}

function textOf(entry: Omit<JournalEntry, "text">): string {
  const { kind, name, target, key, value, failure, invocationId } = entry;
  const parts = [kind, ...(name === undefined ? [] : [JSON.stringify(name)])];
  for (const part of [target, key, invocationId]) if (part !== undefined) parts.push(part);
  if (failure !== undefined) parts.push(`failed: [${failure.code}] ${failure.message}`);
  else if (value !== undefined) parts.push(`= ${shortened(value)}`);
  return parts.join(" ");
}

/** A value on one line. */
export function shortened(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return value.toISOString();
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}… (${text.length} characters)`;
}
