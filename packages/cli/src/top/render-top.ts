/** `rejoin top` as text: a head, and below it one of four panes. */
import type { InvocationStatusName, Overview } from "@rejoin/client";
import { ACTIVE } from "../commands/invocations/filter-options.ts";
import type { Colours } from "../render/colours.ts";
import { paintStatus, renderInvocationList } from "../render/invocations.ts";
import { formatTable } from "../render/table.ts";
import { formatSpan } from "../render/time.ts";
import { renderSparkline } from "./sparkline.ts";
import type { TopData } from "./top-data.ts";

export const PANES = ["services", "stuck", "oldest", "failures"] as const;
export type Pane = (typeof PANES)[number];

const TEXT_LENGTH_MAX = 80;

/** `where` is the URL of the server. */
export function renderHead({ overview }: TopData, where: string, colours: Colours): string {
  const { invocations, completed, deployments, stuck } = overview;
  const { succeeded, failed } = completed.last_minute;
  const rate = ((succeeded + failed) / 60).toFixed(1);
  const hour = completed.last_hour.map((minute) => minute.succeeded + minute.failed);
  const stuckCount = stuck.reduce((sum, own) => sum + own.count, 0);
  const failedText = failed > 0 ? colours.red(`${failed} failed`) : "0 failed";
  const lines = [
    `${colours.bold("rejoin")} ${where}  ${count(deployments, "deployment")}, ${count(invocations.total, "invocation")}`,
    `last minute  ${succeeded} succeeded, ${failedText}, ${rate}/s`,
    `last hour    ${colours.green(renderSparkline(hour))}`,
    `now          ${describeStatuses(invocations.by_status, colours)}`,
    `stuck        ${stuckCount === 0 ? "nothing" : colours.yellow(`${stuckCount}, see below`)}`,
  ];
  if (!overview.complete)
    lines.push(colours.dim("only the newest were looked at: no SQL installed"));
  return lines.join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function describeStatuses(counts: Overview["invocations"]["by_status"], colours: Colours): string {
  const parts = ACTIVE.flatMap((status) => {
    const count = counts[status] ?? 0;
    return count === 0 ? [] : [`${count} ${paintStatus(status, colours)}`];
  });
  return parts.length === 0 ? "idle" : parts.join(", ");
}

export function renderPane(data: TopData, pane: Pane, now: number, colours: Colours): string {
  switch (pane) {
    case "services":
      return renderServices(data, colours) || "no invocations yet\n";
    case "stuck":
      return renderStuck(data, now, colours) || "nothing is stuck\n";
    case "oldest":
      return data.oldest.length === 0
        ? "nothing is active\n"
        : renderInvocationList(data.oldest, colours);
    case "failures":
      return renderFailures(data, now, colours) || "nothing has failed in the last hour\n";
  }
}

function renderServices({ overview }: TopData, colours: Colours): string {
  const services = overview.invocations.by_service;
  if (services.length === 0) return "";
  const rows = [...services]
    .sort((a, b) => activeOf(b.by_status) - activeOf(a.by_status) || b.total - a.total)
    .map(({ service, by_status, total }) => [
      service,
      ...ACTIVE.map((status) => by_status[status] ?? 0),
      by_status.completed ?? 0,
      total,
    ]);
  const statuses = [...ACTIVE, "completed"].map((status) => status.toUpperCase());
  return formatTable(["SERVICE", ...statuses, "ALL"], rows, colours);
}

function activeOf(counts: Overview["invocations"]["by_status"]): number {
  const names: readonly InvocationStatusName[] = ACTIVE;
  return names.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

function renderStuck({ overview: { stuck } }: TopData, now: number, colours: Colours): string {
  if (stuck.length === 0) return "";
  const rows = stuck.map(({ kind, service, count, since, why, sample_ids }) => [
    count,
    colours.yellow(kind),
    service,
    formatSpan(now - Date.parse(since)),
    shorten(why),
    sample_ids[0] ?? "",
  ]);
  return formatTable(["COUNT", "KIND", "SERVICE", "FOR", "WHY", "FOR EXAMPLE"], rows, colours);
}

function renderFailures({ failures }: TopData, now: number, colours: Colours): string {
  if (failures.length === 0) return "";
  const rows = failures.map(({ service = "", failure = "", failure_code, count, ...own }) => [
    count,
    service,
    colours.red(shorten(failure_code === undefined ? failure : `[${failure_code}] ${failure}`)),
    formatSpan(now - Date.parse(own.oldest_modified_at)),
    own.sample_ids[0] ?? "",
  ]);
  return formatTable(["COUNT", "SERVICE", "FAILURE", "SINCE", "FOR EXAMPLE"], rows, colours);
}

function shorten(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX - 1)}…` : line;
}
