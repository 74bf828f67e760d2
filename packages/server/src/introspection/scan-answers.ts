/**
 * Answers without a mirror: from a bounded number of headers, read from the store, the newest first.
 *
 * The same questions and the same shapes; what lies beyond the bound is not in them.
 */
import type { Invocation } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { type ListLimits, listInvocations } from "./list-invocations.ts";
import {
  failureOf,
  fits,
  type InvocationFilter,
  type ShownStatus,
  type StatusContext,
  shownStatus,
} from "./mirror/filter.ts";
import {
  type ChildrenAnswer,
  type ChildrenQuestion,
  FAILURE_CHARS,
  type GroupBy,
  type InvocationGroup,
  type OverviewAnswer,
  SAMPLE_IDS,
  STUCK_AFTER_MS,
  type StuckKind,
  type SummaryAnswer,
  type SummaryQuestion,
} from "./mirror/questions.ts";
import type { PartitionReads } from "./partition-reads.ts";

export interface Scanned<Answer> {
  readonly answer: Answer;
  /** Whether all invocations have been looked at. */
  readonly isComplete: boolean;
}

export interface ScanOptions {
  readonly partitions: PartitionReads;
  readonly limits: ListLimits;
  readonly context: StatusContext;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const FAILURES_MAX = 20;
const STUCK_MAX = 100;

export async function scanSummary(
  options: ScanOptions,
  question: SummaryQuestion,
): Promise<Scanned<SummaryAnswer>> {
  const { context } = options;
  const { found, isComplete } = await scan(options, question.filter);
  const groups = new Groups<Partial<InvocationGroup>>();
  for (const invocation of found) {
    groups.add(memberOf(invocation, question.groupBy, context), invocation);
  }
  const all = groups.largestFirst().map(({ member, ...counts }) => ({ ...member, ...counts }));
  const shown = all.slice(0, question.limit);
  const isTruncated = all.length > shown.length;
  return { answer: { groups: shown, total: found.length, isTruncated }, isComplete };
}

function memberOf(
  invocation: Invocation,
  groupBy: readonly GroupBy[],
  context: StatusContext,
): Partial<InvocationGroup> {
  const { target, caller } = invocation;
  const member: { -readonly [name in keyof InvocationGroup]?: InvocationGroup[name] } = {};
  if (groupBy.includes("status")) member.status = shownStatus(invocation, context);
  if (groupBy.includes("service")) member.service = target.service;
  if (groupBy.includes("handler")) member.handler = target.handler;
  if (groupBy.includes("parent") && caller.kind === "invocation") {
    member.parent = formatInvocationId(caller.key);
  }
  const failure = groupBy.includes("failure") ? failureOf(invocation) : undefined;
  if (failure !== undefined) {
    member.failure = firstLine(failure.message);
    member.failureCode = failure.code;
  }
  return member;
}

export async function scanChildren(
  options: ScanOptions,
  question: ChildrenQuestion,
): Promise<Scanned<ChildrenAnswer>> {
  const { context } = options;
  const { nowMs } = context;
  const { found, isComplete } = await scan(options, { parent: question.parent });
  const children = found.map((invocation) => ({ invocation, ...placeOf(invocation) }));
  children.sort(byPlace);
  const byStatus: Record<string, number> = {};
  for (const child of found) {
    const status = shownStatus(child, context);
    byStatus[status] = (byStatus[status] ?? 0) + 1;
  }
  const failures = new Groups<{ message: string; code: number }>();
  for (const child of found.filter((own) => resultOf(own) === "failure")) {
    const { message = "", code = 0 } = failureOf(child) ?? {};
    failures.add({ message: firstLine(message), code }, child);
  }
  const ends = found.map(({ completedAt }) => completedAt).filter((at) => at > 0);
  const { after } = question;
  const fitting = children.filter(
    (child) =>
      (after === undefined || byPlace(child, after) > 0) &&
      (question.status?.includes(shownStatus(child.invocation, context)) ?? true) &&
      (question.failed === undefined ||
        (resultOf(child.invocation) === "failure") === question.failed),
  );
  const page = fitting.slice(0, question.limit);
  const { invocation: _, ...next } = page.at(-1) ?? { invocation: undefined };
  const answer: ChildrenAnswer = {
    ids: page.map(({ id }) => id),
    next: fitting.length > page.length ? (next as ChildrenAnswer["next"]) : undefined,
    summary: {
      total: found.length,
      byStatus,
      succeeded: found.filter((child) => resultOf(child) === "success").length,
      failed: found.filter((child) => resultOf(child) === "failure").length,
      startedAt: children[0]?.createdAt,
      lastCompletedAt: ends.length === 0 ? undefined : ends.reduce((a, b) => Math.max(a, b)),
      completedLast10s: ends.filter((at) => at >= nowMs - 10_000).length,
      completedLast60s: ends.filter((at) => at >= nowMs - 60_000).length,
    },
    failures: failures
      .largestFirst()
      .slice(0, FAILURES_MAX)
      .map(({ member, count, sampleIds }) => ({ ...member, count, sampleIds })),
  };
  return { answer, isComplete };
}

interface Place {
  readonly createdAt: number;
  readonly callId: number;
  readonly id: string;
}

function placeOf({ key, createdAt, caller }: Invocation): Place {
  const callId = caller.kind === "invocation" ? caller.completionId : 0;
  return { createdAt, callId, id: formatInvocationId(key) };
}

function byPlace(a: Place, b: Place): number {
  return a.createdAt - b.createdAt || a.callId - b.callId || (a.id < b.id ? -1 : +(a.id > b.id));
}

export async function scanOverview(options: ScanOptions): Promise<Scanned<OverviewAnswer>> {
  const { context } = options;
  const { nowMs } = context;
  const { found, isComplete } = await scan(options, {});
  const counts = new Groups<{ service: string; status: ShownStatus }>();
  const stuck = new Groups<{ kind: StuckKind; service: string; why: string }>();
  const first = (Math.floor(nowMs / MINUTE_MS) - MINUTES + 1) * MINUTE_MS;
  const lastHour = Array.from({ length: MINUTES }, (_, i) => ({
    at: first + i * MINUTE_MS,
    started: 0,
    succeeded: 0,
    failed: 0,
  }));
  const lastMinute = { succeeded: 0, failed: 0 };
  for (const invocation of found) {
    const { target, createdAt, completedAt } = invocation;
    const status = shownStatus(invocation, context);
    counts.add({ service: target.service, status }, invocation);
    const why = stuckIn(invocation, status, nowMs);
    if (why !== undefined) stuck.add({ ...why, service: target.service }, invocation);
    const born = lastHour[Math.floor((createdAt - first) / MINUTE_MS)];
    if (born !== undefined) born.started += 1;
    const result = resultOf(invocation);
    if (result === undefined) continue;
    const name = result === "success" ? "succeeded" : "failed";
    const ended = lastHour[Math.floor((completedAt - first) / MINUTE_MS)];
    if (ended !== undefined) ended[name] += 1;
    if (completedAt >= nowMs - MINUTE_MS) lastMinute[name] += 1;
  }
  const answer: OverviewAnswer = {
    counts: counts.largestFirst().map(({ member, count }) => ({ ...member, count })),
    lastMinute,
    lastHour,
    stuck: stuck
      .largestFirst()
      .slice(0, STUCK_MAX)
      .map(({ member, count, sampleIds, oldestModifiedAt: since }) => ({
        ...member,
        count,
        since,
        sampleIds,
      })),
  };
  return { answer, isComplete };
}

function stuckIn(
  invocation: Invocation,
  status: ShownStatus,
  nowMs: number,
): { kind: StuckKind; why: string } | undefined {
  const { lastFailure, modifiedAt, waitingFor } = invocation;
  const unknown =
    status === "paused" ? "an operator has paused it" : "its last failure is not known";
  const failure =
    lastFailure === undefined ? unknown : `[${lastFailure.code}] ${firstLine(lastFailure.message)}`;
  if (status === "paused") return { kind: "paused", why: failure };
  const isLive = status === "backing-off" || status === "ready";
  if (isLive && lastFailure?.docCode === "RT0011") return { kind: "unknown-service", why: failure };
  if (status === "backing-off") return { kind: "backing-off", why: failure };
  if (status !== "pending" || modifiedAt > nowMs - STUCK_AFTER_MS) return undefined;
  if (invocation.status === "inboxed") {
    return { kind: "locked-key", why: "another invocation holds its key" };
  }
  const limit = waitingFor?.limiter || "its concurrency limit";
  return { kind: "waiting-for-slot", why: `no slot is free of ${limit}` };
}

async function scan(
  { partitions, limits, context }: ScanOptions,
  filter: InvocationFilter,
): Promise<{ readonly found: readonly Invocation[]; readonly isComplete: boolean }> {
  const matches = (invocation: Invocation) => fits(invocation, filter, context);
  const query = { matches, limit: limits.introspectionRowsMax, after: undefined };
  const { invocations, next } = await listInvocations(partitions, query, limits);
  return { found: invocations, isComplete: next === undefined };
}

function resultOf({ status, output }: Invocation): "success" | "failure" | undefined {
  return status === "completed" ? output?.kind : undefined;
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").slice(0, FAILURE_CHARS);
}

interface Group<Member> {
  readonly member: Member;
  count: number;
  oldestCreatedAt: number;
  oldestModifiedAt: number;
  readonly sampleIds: string[];
}

/** Counts what is alike. */
class Groups<Member extends object> {
  private readonly groups = new Map<string, Group<Member>>();

  add(member: Member, { key, createdAt, modifiedAt }: Invocation): void {
    const name = JSON.stringify(member);
    let group = this.groups.get(name);
    if (group === undefined) {
      group = {
        member,
        count: 0,
        oldestCreatedAt: createdAt,
        oldestModifiedAt: modifiedAt,
        sampleIds: [],
      };
      this.groups.set(name, group);
    }
    group.count += 1;
    group.oldestCreatedAt = Math.min(group.oldestCreatedAt, createdAt);
    group.oldestModifiedAt = Math.min(group.oldestModifiedAt, modifiedAt);
    if (group.sampleIds.length < SAMPLE_IDS) group.sampleIds.push(formatInvocationId(key));
  }

  largestFirst(): readonly Group<Member>[] {
    return [...this.groups.values()].sort((a, b) => b.count - a.count);
  }
}
