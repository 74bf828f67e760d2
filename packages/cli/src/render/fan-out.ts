/** How far an invocation and all that it has called are, as text. */
import type { InvocationGroup } from "@rejoin/client";
import { doneOf, type FanOut, rateOf, timeLeftMs } from "../progress/fan-out.ts";
import { renderBar } from "./bar.ts";
import { describeCounts, renderFailures } from "./children.ts";
import type { Colours } from "./colours.ts";
import { paintStatus } from "./invocations.ts";
import { formatTable } from "./table.ts";
import { formatSpan } from "./time.ts";

const BAR_COLUMNS = 40;
const MESSAGE_LENGTH_MAX = 100;

/** `now` is in milliseconds since the Unix epoch. */
export function renderFanOut(fanOut: FanOut, now: number, colours: Colours): string {
  const { invocation, children, troubles } = fanOut;
  const blocks = [
    `${renderHead(fanOut, now, colours)}\n`,
    children.summary.total === 0 ? "" : renderChildrenBar(fanOut, colours),
    renderFailures(children, colours),
    renderTroubles(troubles, colours),
    renderAdvice(fanOut, colours),
  ];
  const failure = lastFailureOf(invocation);
  if (failure !== undefined) blocks.splice(1, 0, `${colours.red(failure)}\n`);
  return blocks.filter(Boolean).join("\n");
}

/** On one line, for logs: it differs only when something has changed. */
export function describeFanOut({ invocation, children }: FanOut, colours: Colours): string {
  const { summary } = children;
  const counts = summary.total === 0 ? "" : `, ${describeCount(children, colours)}`;
  return `${invocation.target} ${paintStatus(invocation.status, colours)}${counts}`;
}

function renderHead({ invocation }: FanOut, now: number, colours: Colours): string {
  const { id, target, status, created_at, completed_at, retry_count } = invocation;
  const end = completed_at === undefined ? now : Date.parse(completed_at);
  const took = formatSpan(end - Date.parse(created_at));
  const parts = [
    paintStatus(status, colours),
    completed_at === undefined ? `for ${took}` : `after ${took}`,
    status !== "completed" && retry_count > 0 ? `${retry_count} attempts failed` : "",
  ];
  return `${colours.bold(target)} ${colours.dim(id)}\n${parts.filter(Boolean).join(", ")}`;
}

function lastFailureOf(invocation: FanOut["invocation"]): string | undefined {
  const { completion_failure, last_failure, status } = invocation;
  const text = completion_failure ?? (status === "completed" ? undefined : last_failure);
  return text?.split("\n", 1)[0];
}

function renderChildrenBar({ children }: FanOut, colours: Colours): string {
  const { total, succeeded, failed, by_status } = children.summary;
  const running = (by_status.running ?? 0) + (by_status.ready ?? 0);
  const bar = renderBar({ total, parts: [succeeded, failed, running] }, BAR_COLUMNS, colours);
  const percent = Math.floor((doneOf(children.summary) / total) * 100);
  return `${bar} ${percent} %\n${describeRatio(children, colours)}\n`;
}

/** `990/1000: 980 succeeded, 10 failed, 10 running; 52/s, 3 s left`. */
function describeRatio(children: FanOut["children"], colours: Colours): string {
  const rate = rateOf(children);
  const leftMs = timeLeftMs(children);
  const pace = [
    rate === undefined || leftMs === undefined ? "" : `${formatRate(rate)}/s`,
    leftMs === undefined ? "" : `${formatSpan(Math.max(1000, leftMs))} left`,
  ].filter(Boolean);
  const suffix = pace.length === 0 ? "" : `; ${pace.join(", ")}`;
  return `${describeCount(children, colours)}${suffix}`;
}

function describeCount(children: FanOut["children"], colours: Colours): string {
  const { summary } = children;
  return `${doneOf(summary)}/${summary.total}: ${describeCounts(children, colours)}`;
}

function formatRate(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1);
}

function renderTroubles(troubles: readonly InvocationGroup[], colours: Colours): string {
  if (troubles.length === 0) return "";
  const rows = troubles.map(
    ({ count, status = "paused", failure = "", failure_code, sample_ids }) => {
      const text = failure_code === undefined ? failure : `[${failure_code}] ${failure}`;
      const cut = text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
      return [count, paintStatus(status, colours), cut, sample_ids[0] ?? ""];
    },
  );
  return formatTable(["COUNT", "STATUS", "LAST FAILURE", "FOR EXAMPLE"], rows, colours);
}

/** What the person can do. */
function renderAdvice({ invocation, children }: FanOut, colours: Colours): string {
  const { id, status } = invocation;
  const { paused = 0 } = children.summary.by_status;
  const advice = [
    status === "paused" ? `paused: rejoin invocations resume ${id}` : "",
    paused > 0 ? `${paused} paused: rejoin invocations resume --parent ${id}` : "",
    children.summary.failed > 0 ? `failed: rejoin invocations children ${id} --failed` : "",
  ].filter(Boolean);
  return advice.length === 0 ? "" : `${advice.map((line) => colours.dim(line)).join("\n")}\n`;
}
