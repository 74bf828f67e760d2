/**
 * Messages of services in this process do not come through a codec, which would refuse what the
 * protocol, and so the store, has no place for: a negative error code, a sleep without an end, a
 * header that is no text.
 */
import type { AttemptFailure } from "@rejoin/engine";
import { type EndpointMessage, encodeBody, type ProtocolVersion } from "@rejoin/protocol";
import { unstorableMessage } from "./attempt-failures.ts";

/** What is wrong with a message, as the failure of its attempt; `undefined` if nothing is. */
export function problemOf(
  message: EndpointMessage,
  version: ProtocolVersion,
): AttemptFailure | undefined {
  if (!mayBeWrong(message)) return undefined;
  try {
    encodeBody(message, version);
    return undefined;
  } catch (error) {
    return unstorableMessage(message, error);
  }
}

/** Whether it has anything in it that its types do not rule out. Most messages have not. */
function mayBeWrong(message: EndpointMessage): boolean {
  switch (message.kind) {
    case "sleep":
    case "oneWayCall":
    case "error":
    case "completeAwakeable":
    case "completePromise":
    case "sendSignal":
      return true;
    case "call":
      return message.headers.length > 0;
    case "output":
    case "proposeRunCompletion":
      return message.result.kind === "failure";
    default:
      return false;
  }
}
