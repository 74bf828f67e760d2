/** What an invocation has called, as text. */
import type { ChildrenPage } from "@rejoin/client";
import { renderBar } from "./bar.ts";
import type { Colours } from "./colours.ts";
import { renderInvocationList } from "./invocations.ts";
import { formatTable } from "./table.ts";

const BAR_COLUMNS = 40;
const MESSAGE_LENGTH_MAX = 120;

export function renderChildren(page: ChildrenPage, colours: Colours): string {
  const { summary, invocations } = page;
  if (summary.total === 0) return "it has called nothing\n";
  const { total, succeeded, failed } = summary;
  const bar = renderBar({ total, parts: [succeeded, failed] }, BAR_COLUMNS, colours);
  const blocks = [
    `${bar} ${succeeded + failed}/${total}\n${describeCounts(page, colours)}\n`,
    renderFailures(page, colours),
    invocations.length === 0 ? "" : renderInvocationList(invocations, colours),
  ];
  return blocks.filter(Boolean).join("\n");
}

/** `990 succeeded, 10 failed, 3 running`. */
export function describeCounts(
  { summary: { succeeded, failed, by_status } }: Pick<ChildrenPage, "summary">,
  colours: Colours,
): string {
  const { completed: _ended, ...others } = by_status;
  const parts = [
    colours.green(`${succeeded} succeeded`),
    failed > 0 ? colours.red(`${failed} failed`) : "",
    ...Object.entries(others).map(([status, count]) => (count > 0 ? `${count} ${status}` : "")),
  ];
  return parts.filter(Boolean).join(", ");
}

/** What they failed with, and one of each. */
export function renderFailures(
  { failures }: Pick<ChildrenPage, "failures">,
  colours: Colours,
): string {
  if (failures.length === 0) return "";
  const rows = failures.map(({ count, code, message, sample_ids }) => [
    count,
    colours.red(shorten(`[${code}] ${message}`)),
    sample_ids[0] ?? "",
  ]);
  return formatTable(["COUNT", "FAILURE", "FOR EXAMPLE"], rows, colours);
}

function shorten(text: string): string {
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX - 1)}…` : text;
}
