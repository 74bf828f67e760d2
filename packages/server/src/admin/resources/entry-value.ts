/** The payload of a journal entry: what a command carries, or what completed one. */
import type { Failure, Message } from "@rejoin/protocol";

export type EntryValue =
  | { readonly kind: "value"; readonly bytes: Uint8Array }
  | { readonly kind: "failure"; readonly failure: Failure };

type Result = { readonly kind: string };

/** `undefined` for an entry that carries none, such as a timer. */
export function payloadOf(message: Message): EntryValue | undefined {
  switch (message.kind) {
    case "input":
    case "setState":
      return { kind: "value", bytes: message.value };
    case "call":
    case "oneWayCall":
      return { kind: "value", bytes: message.parameter };
    case "completePromise":
      return ofResult(message.completion);
    default:
      return "result" in message ? ofResult(message.result) : undefined;
  }
}

function ofResult(result: Result): EntryValue | undefined {
  if ("value" in result && result.value instanceof Uint8Array) {
    return { kind: "value", bytes: result.value };
  }
  if (!("failure" in result)) return undefined;
  return { kind: "failure", failure: result.failure as Failure };
}
