/** How kinds of journal entries are called in the tables. */
import { isCommandKind, type MessageKind, messageKind } from "@rejoin/protocol";

/** Such as `Command: Call` and `Notification: Sleep`. */
export function entryType(code: number): string {
  const kind = messageKind(code);
  return `${isCommandKind(kind) ? "Command" : "Notification"}: ${shortName(kind)}`;
}

/** The name of a command by its wire code, such as `Call`. */
export function commandName(code: number): string {
  return shortName(messageKind(code));
}

/** `Run` for a run and for its completion. */
export function shortName(kind: MessageKind): string {
  const text = isCommandKind(kind) ? kind : kind.replace(/Completion$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
