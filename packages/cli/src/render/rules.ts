/** Rules of flow control as text. */
import type { RuleResource } from "@rejoin/client";
import type { Colours } from "./colours.ts";
import { formatTable } from "./table.ts";
import { formatInstant } from "./time.ts";

/** `lastMark` stands before the last one, if it is what the one before becomes. */
export function renderRules(
  rules: readonly RuleResource[],
  colours: Colours,
  lastMark?: string,
): string {
  const rows = rules.map((rule, index) => [
    ...(lastMark === undefined ? [] : [index === rules.length - 1 ? lastMark : ""]),
    rule.pattern,
    rule.limits.concurrency ?? "unlimited",
    rule.disabled ? colours.yellow("disabled") : "in force",
    rule.version === 0 ? "" : rule.version,
    formatChanged(rule.last_modified_millis_since_epoch),
    rule.description ?? "",
  ]);
  const marks = lastMark === undefined ? [] : [""];
  const head = [...marks, "PATTERN", "CONCURRENCY", "STATE", "VERSION", "CHANGED", "DESCRIPTION"];
  return formatTable(head, rows, colours);
}

function formatChanged(at: number): string {
  return at === 0 ? "" : formatInstant(new Date(at).toISOString());
}
