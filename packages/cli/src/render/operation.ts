/** An operation on many invocations as text: what it is for, and what has come of it. */
import type { Matches, Operation, OperationResult } from "../commands/invocations/operation.ts";
import type { Colours } from "./colours.ts";
import { formatTable } from "./table.ts";

/** So many are shown one by one; more are counted. */
const SHOWN_MAX = 10;
const FAILURES_MAX = 50;

export function renderMatches(
  operation: Operation,
  { ids, known, isCut }: Matches,
  colours: Colours,
): string {
  const cut = isCut ? `\nand there are more that fit: see --limit` : "";
  if (known.length === 0) return `${ids.slice(0, SHOWN_MAX).join("\n")}${moreOf(ids.length)}`;
  if (known.length <= SHOWN_MAX) {
    const rows = known.map(({ id, target, status }) => [id, target, status]);
    return formatTable(["ID", "TARGET", "STATUS"], rows, colours).trimEnd() + cut;
  }
  const groups = new Map<string, { readonly row: readonly string[]; count: number }>();
  for (const { target_service_name: service, target_handler_name: handler, status } of known) {
    const row = [`${service}/${handler}`, status];
    const key = row.join(" ");
    const group = groups.get(key) ?? { row, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  const rows = [...groups.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ row, count }) => [...row, count]);
  const table = formatTable(["HANDLER", "STATUS", "COUNT"], rows, colours);
  return `${colours.bold(`to ${operation.verb}:`)}\n${table.trimEnd()}${cut}`;
}

function moreOf(count: number): string {
  return count > SHOWN_MAX ? `\n… ${count - SHOWN_MAX} more` : "";
}

export function renderOutcome(
  { done, name }: Operation,
  { succeeded, restarted, failed }: OperationResult,
  colours: Colours,
): string {
  const head = succeeded.length === 0 ? "" : `${colours.green(String(succeeded.length))} ${done}\n`;
  const pairs = restarted.map((pair) => [pair.old_invocation_id, pair.new_invocation_id]);
  const table =
    name === "restart-as-new" && pairs.length > 0
      ? formatTable(["OLD ID", "NEW ID"], pairs, colours)
      : "";
  if (failed.length === 0) return head + table;
  const rows = failed.slice(0, FAILURES_MAX).map((own) => [own.invocation_id, own.error]);
  const more = failed.length > FAILURES_MAX ? `… ${failed.length - FAILURES_MAX} more\n` : "";
  const failures = formatTable(["ID", "NOT DONE BECAUSE"], rows, colours);
  return `${head}${table}${colours.red(String(failed.length))} failed\n${failures}${more}`;
}
