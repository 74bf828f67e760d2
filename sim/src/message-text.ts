/** Messages of the service protocol as short lines for readers of a trace. */
import type { EndpointMessage, Future, ServerMessage } from "@rejoin/protocol";

export function messageText(message: ServerMessage | EndpointMessage): string {
  const { kind } = message;
  switch (kind) {
    case "start":
      return `start(${message.knownEntries})`;
    case "awaitingOn":
      return `awaitingOn(${futureText(message.awaitingOn)}${message.executingSideEffects ? ", runs" : ""})`;
    case "suspension":
      return `suspension(${futureText(message.awaitingOn)})`;
    case "error":
      return `error(${message.code})`;
    case "run":
      return `run(${message.name} → ${message.resultCompletionId})`;
    case "sleep":
      return `sleep(→ ${message.resultCompletionId})`;
    case "call":
      return `call(→ ${message.invocationIdCompletionId}, ${message.resultCompletionId})`;
    case "oneWayCall":
      return `send(→ ${message.invocationIdCompletionId})`;
    default:
      return "completionId" in message ? `${kind}(${message.completionId})` : kind;
  }
}

function futureText({ combinator, completions, signals, nested }: Future): string {
  const parts = [...completions, ...signals.map((id) => `s${id}`), ...nested.map(futureText)];
  return `${combinator}[${parts.join(" ")}]`;
}
