/** Why the server itself ends an attempt, as what is told of it. */
import type { AttemptFailure } from "@rejoin/engine";
import type { EndpointMessage } from "@rejoin/protocol";

export function malformedTree(error: unknown): AttemptFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the endpoint sent a malformed await tree: ${reason}`;
  return { code: 571, message, stacktrace: "", docCode: "RT0012" };
}

/** A service of this process sent what the protocol cannot carry, and so no row can hold. */
export function unstorableMessage(message: EndpointMessage, error: unknown): AttemptFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const about = message.kind === "error" ? `: ${message.message}` : "";
  const text = `a service sent a message that cannot be stored (${message.kind}${about}): ${reason}`;
  return { code: 571, message: text, stacktrace: "", docCode: "RT0012" };
}

export const ENDED_WITHOUT_VERDICT: AttemptFailure = {
  code: 500,
  message: "the endpoint ended the attempt without a result, a suspension or an error",
  stacktrace: "",
  docCode: "RT0007",
};

export function unreadableJournal(error: unknown): AttemptFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the journal cannot be read: ${reason}`;
  return { code: 500, message, stacktrace: "", docCode: "RT0006" };
}
