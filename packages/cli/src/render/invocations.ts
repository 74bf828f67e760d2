/** A list of invocations as text. */
import type { InvocationResource, InvocationStatusName } from "@rejoin/client";
import type { Colours } from "./colours.ts";
import { formatTable } from "./table.ts";
import { formatInstant } from "./time.ts";

export function renderInvocationList(
  invocations: readonly InvocationResource[],
  _now: number,
  colours: Colours,
): string {
  const rows = invocations.map((invocation) => [
    invocation.id,
    invocation.target,
    paintStatus(invocation.status, colours),
    formatInstant(invocation.created_at),
  ]);
  return formatTable(["ID", "TARGET", "STATUS", "CREATED"], rows, colours);
}

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
