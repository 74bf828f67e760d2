/** How far a fan-out has come, and when it will be done: from what the server says of the children. */
import type { ChildrenPage } from "@rejoin/client";

export type ChildrenSummary = ChildrenPage["summary"];

export interface Progress {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Have begun and not ended. */
  readonly active: number;
  /** Have not begun. */
  readonly waiting: number;
  /** Of a whole; 0 without children. */
  readonly share: number;
  /** Completions in a second, lately; `undefined` if that cannot be said. */
  readonly ratePerSecond: number | undefined;
  /** `undefined` if nothing is left, or nothing moves. */
  readonly leftMs: number | undefined;
}

const ACTIVE = ["running", "suspended", "backing-off", "paused"] as const;
/** Fewer completions than this in ten seconds say little about the speed. */
const SAMPLE_MIN = 10;
const SHORT_MS = 10_000;
const LONG_MS = 60_000;

/** `nowMs` is the time of the summary. */
export function toProgress(summary: ChildrenSummary, nowMs: number): Progress {
  const { total, succeeded, failed, by_status } = summary;
  const active = ACTIVE.reduce<number>((sum, status) => sum + (by_status[status] ?? 0), 0);
  const done = succeeded + failed;
  const ratePerSecond = rateOf(summary, nowMs);
  const left = total - done;
  // What waits for its next attempt, or for an operator, keeps to no rate.
  const held = (by_status["backing-off"] ?? 0) + (by_status.paused ?? 0);
  const moves = left > held && ratePerSecond !== undefined && ratePerSecond > 0;
  return {
    total,
    succeeded,
    failed,
    active,
    waiting: Math.max(left - active, 0),
    share: total === 0 ? 0 : done / total,
    ratePerSecond: left > 0 ? ratePerSecond : averageRate(summary),
    leftMs: moves ? (left / ratePerSecond) * 1000 : undefined,
  };
}

/** The short window while it tells enough, else the long one; never longer than the fan-out is old. */
function rateOf(summary: ChildrenSummary, nowMs: number): number | undefined {
  const startedAt = Date.parse(summary.started_at ?? "");
  if (Number.isNaN(startedAt)) return undefined;
  const ageMs = Math.max(nowMs - startedAt, 1);
  const { completed_last_10s: short, completed_last_60s: long } = summary;
  if (short >= SAMPLE_MIN) return (short / Math.min(SHORT_MS, ageMs)) * 1000;
  return (long / Math.min(LONG_MS, ageMs)) * 1000;
}

/** Over the whole time, for one that is done. */
function averageRate({ started_at, last_completed_at, total }: ChildrenSummary) {
  const spanMs = Date.parse(last_completed_at ?? "") - Date.parse(started_at ?? "");
  return Number.isNaN(spanMs) || spanMs <= 0 ? undefined : (total / spanMs) * 1000;
}

/** What has to be done to retry failed children: those that live go on, those that ended begin anew. */
export interface RetryPlan {
  /** Are retried at once, with what they have done. */
  readonly resumed: readonly string[];
  /** Are repeated from their input, as new invocations. */
  readonly restarted: readonly string[];
}

export function planRetry(
  children: readonly {
    readonly id: string;
    readonly status: string;
    readonly completion_result?: "success" | "failure";
  }[],
): RetryPlan {
  const living = children.filter(({ status }) => status === "paused" || status === "backing-off");
  const ended = children.filter(({ completion_result }) => completion_result === "failure");
  return { resumed: living.map(({ id }) => id), restarted: ended.map(({ id }) => id) };
}
