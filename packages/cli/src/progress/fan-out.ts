/** How far an invocation and all that it has called are: samples, rates, time left. */
import type { AdminClient, ChildrenPage, InvocationDetails, InvocationGroup } from "@rejoin/client";

export interface FanOut {
  readonly invocation: InvocationDetails;
  readonly children: ChildrenPage;
  /** Why those that have not ended do not get on. */
  readonly troubles: readonly InvocationGroup[];
}

const TROUBLED = ["paused", "backing-off"] as const;
const TROUBLES_MAX = 5;

export async function fetchFanOut(admin: AdminClient, id: string): Promise<FanOut> {
  const [invocation, children] = await Promise.all([
    admin.getInvocation(id, { limit: 1 }),
    admin.listChildren(id, { limit: 1 }),
  ]);
  const { by_status: counts } = children.summary;
  const isTroubled = TROUBLED.some((status) => (counts[status] ?? 0) > 0);
  if (!isTroubled) return { invocation, children, troubles: [] };
  const { groups } = await admin.summarizeInvocations({
    parent: id,
    status: TROUBLED,
    group_by: ["status", "failure"],
    limit: TROUBLES_MAX,
  });
  return { invocation, children, troubles: groups };
}

/** Whether nothing of it is still to come. */
export function isOver({ invocation, children: { summary } }: FanOut): boolean {
  return invocation.status === "completed" && doneOf(summary) >= summary.total;
}

export function doneOf({ succeeded, failed }: ChildrenPage["summary"]): number {
  return succeeded + failed;
}

/**
 * Completions per second: of the last ten seconds or, if there were few, of the last minute; less if
 * it has not been going on for so long. `undefined` if there were none.
 */
export function rateOf({
  summary,
  as_of,
}: Pick<ChildrenPage, "summary" | "as_of">): number | undefined {
  const { completed_last_10s: recent, completed_last_60s: older, started_at } = summary;
  const ageMs =
    started_at === undefined
      ? Number.POSITIVE_INFINITY
      : Date.parse(as_of) - Date.parse(started_at);
  const seconds = (span: number) => Math.max(1, Math.min(span, ageMs / 1000));
  if (recent >= FEW) return recent / seconds(10);
  return older > 0 ? older / seconds(60) : undefined;
}

const FEW = 5;

/**
 * For what has been called so far and gets on; `undefined` without a rate, or when nothing of that is
 * left. What is paused waits for a person, and what is scheduled for its time.
 */
export function timeLeftMs(page: Pick<ChildrenPage, "summary" | "as_of">): number | undefined {
  const rate = rateOf(page);
  const { paused = 0, scheduled = 0 } = page.summary.by_status;
  const left = page.summary.total - doneOf(page.summary) - paused - scheduled;
  return rate === undefined || left <= 0 ? undefined : (left / rate) * 1000;
}

/** For programs. */
export function toJson(fanOut: FanOut): object {
  const { invocation, children, troubles } = fanOut;
  const { journal: _journal, journal_next: _next, ...header } = invocation;
  const rate = rateOf(children);
  const leftMs = timeLeftMs(children);
  return {
    as_of: children.as_of,
    invocation: header,
    children: children.summary,
    failures: children.failures,
    not_getting_on: troubles,
    ...(rate === undefined ? {} : { completed_per_second: round(rate) }),
    ...(leftMs === undefined ? {} : { seconds_left: Math.ceil(leftMs / 1000) }),
    over: isOver(fanOut),
  };
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
