/** Events of an invocation, as the admin API shows them. */
import type { InvocationEvent } from "@rejoin/engine";
import type { EventResource } from "../schemas/invocation.ts";
import { formatInstant } from "../text-formats.ts";
import { defined } from "./defined.ts";
import { commandType } from "./journal-entry.ts";

export function toEvent(event: InvocationEvent): EventResource {
  const happened = {
    appended_at: formatInstant(event.at),
    after_journal_entry_index: event.afterEntry,
    attempt: event.start,
  };
  if (event.kind === "paused") return { event_type: "Paused", ...happened };
  const { failure } = event;
  const type = failure.relatedCommandType;
  return {
    event_type: "TransientError",
    ...happened,
    error_code: failure.code,
    error_message: failure.message,
    ...defined({
      error_stacktrace: failure.stacktrace || undefined,
      restate_doc_error_code: failure.docCode || undefined,
      related_command_index: failure.relatedCommandIndex,
      related_command_name: failure.relatedCommandName,
      related_command_type: type === undefined ? undefined : commandType(type),
    }),
  };
}
