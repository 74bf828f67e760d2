/** Short forms of server messages, and readable forms of what an endpoint sends. */
import type {
  CompletionKind,
  EndpointMessage,
  InputCommand,
  Notification,
  NotificationResult,
  ServerMessage,
  SignalNotification,
  StartMessage,
} from "@rejoin/protocol";

export const encodeJson = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value) ?? "");

/** The JSON that `bytes` hold, else their text. */
export function decodeJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

export function startMessage(fields: Partial<StartMessage> = {}): StartMessage {
  return {
    kind: "start",
    id: new Uint8Array(24),
    debugId: "inv_1",
    knownEntries: 1,
    stateMap: [],
    partialState: true,
    key: "",
    retryCountSinceLastStoredEntry: 0,
    durationSinceLastStoredEntryMs: 0,
    randomSeed: { high: 0, low: 1 },
    ...fields,
  };
}

export function inputMessage(
  value?: unknown,
  headers: Readonly<Record<string, string>> = {},
): InputCommand {
  const list = Object.entries(headers).map(([key, content]) => ({ key, value: content }));
  return { kind: "input", name: "", headers: list, value: encodeJson(value) };
}

/** States as a Start message carries them. */
export const stateMap = (state: Readonly<Record<string, unknown>>) =>
  Object.entries(state).map(([key, content]) => ({
    key: new TextEncoder().encode(key),
    value: encodeJson(content),
  }));

export const value = (content: unknown): NotificationResult => ({
  kind: "value",
  value: encodeJson(content),
});
export const failure = (message: string, code = 500): NotificationResult => ({
  kind: "failure",
  failure: { code, message },
});
export const VOID: NotificationResult = { kind: "void" };

export function completion(
  kind: CompletionKind,
  completionId: number,
  result: NotificationResult,
): Notification {
  return { kind, completionId, result };
}
export const callResult = (id: number, content: unknown) =>
  completion("callCompletion", id, value(content));
export const callFailure = (id: number, message: string, code?: number) =>
  completion("callCompletion", id, failure(message, code));
export const callId = (id: number, invocationId: string) =>
  completion("callInvocationIdCompletion", id, { kind: "invocationId", invocationId });
export const sleepDone = (id: number) => completion("sleepCompletion", id, VOID);
export const runResult = (id: number, content: unknown) =>
  completion("runCompletion", id, value(content));
export const runAck = (completionId: number): ServerMessage => ({
  kind: "proposeRunCompletionAck",
  completionId,
});
export const stateRead = (id: number, content?: unknown) =>
  completion("getLazyStateCompletion", id, content === undefined ? VOID : value(content));
export const promiseDone = (id: number, content: unknown) =>
  completion("getPromiseCompletion", id, value(content));
/** By index for awakeables, by name otherwise. */
export const signal = (id: number | string, result: NotificationResult): Notification => ({
  kind: "signal",
  ...(typeof id === "number" ? { signalIndex: id } : { signalName: id }),
  result: result as SignalNotification["result"],
});
export const CANCEL: Notification = { kind: "signal", signalIndex: 1, result: VOID };

/** A message with its bytes as the JSON that they hold. */
export function readable(message: EndpointMessage): unknown {
  return JSON.parse(
    JSON.stringify(message, (key, part) => {
      if (part instanceof Uint8Array) return part.length === 0 ? "" : decodeJson(part);
      if (key === "stacktrace") return undefined;
      return part;
    }),
  );
}
