/** A list of invocations as text. */
import type { InvocationResource, InvocationStatusName } from "@rejoin/client";
import type { Colours } from "./colours.ts";
import { formatTable } from "./table.ts";
import { formatInstant } from "./time.ts";

const NOTE_LENGTH_MAX = 80;

export function renderInvocationList(
  invocations: readonly InvocationResource[],
  colours: Colours,
): string {
  const rows = invocations.map((invocation) => [
    invocation.id,
    invocation.target,
    paintStatus(invocation.status, colours),
    formatInstant(invocation.created_at),
    noteOn(invocation),
  ]);
  return formatTable(["ID", "TARGET", "STATUS", "CREATED", "NOTE"], rows, colours);
}

/** Needs attention: yellow or red; makes progress: green. */
export function paintStatus(status: InvocationStatusName, colours: Colours): string {
  switch (status) {
    case "backing-off":
      return colours.yellow(status);
    case "paused":
      return colours.red(status);
    case "running":
    case "ready":
      return colours.green(status);
    default:
      return status;
  }
}

/** Why it failed, or why it does not get on. */
function noteOn(invocation: InvocationResource): string {
  const { status, completion_failure, retry_count, last_failure, scheduled_start_at } = invocation;
  if (completion_failure !== undefined) return shorten(`failed: ${completion_failure}`);
  if (status === "completed") return "";
  if (status === "scheduled") return `starts ${formatInstant(scheduled_start_at)}`;
  if (last_failure === undefined) return "";
  const attempts = retry_count === 1 ? "1 attempt" : `${retry_count} attempts`;
  return shorten(`${attempts} failed: ${last_failure}`);
}

function shorten(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > NOTE_LENGTH_MAX ? `${line.slice(0, NOTE_LENGTH_MAX - 1)}…` : line;
}
