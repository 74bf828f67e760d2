/** Many invocations at once, and the objects of services, as the admin API shows them. */
import { Buffer } from "node:buffer";
import type { z } from "@hono/zod-openapi";
import { formatInvocationId } from "@rejoin/protocol";
import type {
  ChildrenPage,
  Looked,
  ObjectPage,
  ObjectState,
  OverviewAnswer,
  SummaryAnswer,
} from "../introspection-port.ts";
import type {
  ChildrenPageSchema,
  InvocationSummarySchema,
  ObjectPageSchema,
  ObjectStateSchema,
  OverviewSchema,
} from "../schemas/introspection.ts";
import { formatInstant } from "../text-formats.ts";
import { formatCursor } from "./cursor.ts";
import { defined } from "./defined.ts";
import { type InvocationView, toInvocation } from "./invocation.ts";

type Counts = z.infer<typeof OverviewSchema>["invocations"]["by_status"];

export function toSummary(
  { answer, isComplete }: Looked<SummaryAnswer>,
  nowMs: number,
): z.infer<typeof InvocationSummarySchema> {
  return {
    groups: answer.groups.map((group) => {
      const { count, oldestCreatedAt, oldestModifiedAt, sampleIds, failureCode, ...own } = group;
      return {
        ...own,
        ...defined({ failure_code: failureCode }),
        count,
        oldest_created_at: formatInstant(oldestCreatedAt),
        oldest_modified_at: formatInstant(oldestModifiedAt),
        sample_ids: [...sampleIds],
      };
    }),
    total: answer.total,
    as_of: formatInstant(nowMs),
    complete: isComplete,
    ...(answer.isTruncated ? { groups_truncated: true } : {}),
  };
}

export function toChildren(
  page: ChildrenPage,
  view: InvocationView,
): z.infer<typeof ChildrenPageSchema> {
  const { summary, next, failures, isComplete } = page;
  return {
    invocations: page.invocations.map((invocation) => toInvocation(invocation, view)),
    ...(next === undefined ? {} : { next: formatCursor([next.createdAt, next.callId, next.id]) }),
    as_of: formatInstant(view.nowMs),
    summary: {
      total: summary.total,
      by_status: summary.byStatus as Counts,
      succeeded: summary.succeeded,
      failed: summary.failed,
      ...defined({
        started_at: instant(summary.startedAt),
        last_completed_at: instant(summary.lastCompletedAt),
      }),
      completed_last_10s: summary.completedLast10s,
      completed_last_60s: summary.completedLast60s,
    },
    failures: failures.map(({ sampleIds, ...failure }) => ({
      ...failure,
      sample_ids: [...sampleIds],
    })),
    complete: isComplete,
  };
}

export function toOverview(
  { answer, isComplete }: Looked<OverviewAnswer>,
  nowMs: number,
  deployments: number,
): z.infer<typeof OverviewSchema> {
  const all = new Tally();
  const services = new Map<string, Tally>();
  for (const { service, status, count } of answer.counts) {
    all.add(status, count);
    const own = services.get(service) ?? new Tally();
    own.add(status, count);
    services.set(service, own);
  }
  const byService = [...services].map(([service, own]) => ({ service, ...own }));
  return {
    as_of: formatInstant(nowMs),
    complete: isComplete,
    deployments,
    invocations: {
      ...all,
      by_service: byService.sort((a, b) => b.total - a.total || (a.service < b.service ? -1 : 1)),
    },
    completed: {
      last_minute: answer.lastMinute,
      last_hour: answer.lastHour.map(({ at, ...counts }) => ({ at: formatInstant(at), ...counts })),
    },
    stuck: answer.stuck.map(({ since, sampleIds, ...stuck }) => ({
      ...stuck,
      since: formatInstant(since),
      sample_ids: [...sampleIds],
    })),
  };
}

/** How many of each status. */
class Tally {
  total = 0;
  readonly by_status: Counts = {};

  add(status: keyof Counts, count: number): void {
    this.total += count;
    this.by_status[status] = (this.by_status[status] ?? 0) + count;
  }
}

export function toObjects({ objects, next }: ObjectPage): z.infer<typeof ObjectPageSchema> {
  return {
    objects: objects.map(({ instance, lockedBy, isTruncated, ...object }) => ({
      key: instance.key,
      ...defined({ scope: instance.scope || undefined }),
      state_keys: object.stateKeys,
      state_bytes: object.stateBytes,
      ...(isTruncated ? { state_truncated: true } : {}),
      ...(lockedBy === undefined ? {} : { locked_by: formatInvocationId(lockedBy) }),
      inbox_length: object.inboxLength,
    })),
    ...(next === undefined ? {} : { next: formatCursor([next]) }),
  };
}

export function toObjectState(
  { version, entries, next }: ObjectState,
  valueBytesMax: number,
): z.infer<typeof ObjectStateSchema> {
  return {
    ...defined({ version }),
    entries: entries.map(({ key, value }) => ({
      key: Buffer.from(key).toString(),
      ...toValue(value, valueBytesMax),
      length: value.length,
    })),
    ...(next === undefined ? {} : { next: formatCursor([Buffer.from(next).toString("base64")]) }),
  };
}

function toValue(bytes: Uint8Array, bytesMax: number) {
  const value = Buffer.from(bytes.subarray(0, bytesMax)).toString("base64");
  if (bytes.length > bytesMax) return { value, truncated: true };
  const text = textOf(bytes);
  if (text === undefined) return { value };
  return { value, value_utf8: text, ...jsonOf(text) };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): { readonly value_json?: unknown } {
  try {
    return { value_json: JSON.parse(text) };
  } catch {
    return {};
  }
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : formatInstant(at);
}
