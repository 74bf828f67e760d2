/**
 * A long journal made short: runs of like steps are one row until a reader opens it, so that a fan-out
 * of ten thousand calls is as readable as one of ten.
 */
import type { Step } from "./steps.ts";

/** Fewer like steps in a row than this stay by themselves. */
export const GROUP_FROM = 5;

export interface StepGroup {
  /** Names the group for as long as the journal grows: the index of its first step. */
  readonly key: number;
  readonly title: string;
  readonly subject: string;
  readonly steps: readonly Step[];
  readonly counts: StepCounts;
  readonly startedAt: number | undefined;
  /** `undefined` while one of them waits. */
  readonly endedAt: number | undefined;
}

export interface StepCounts {
  readonly waiting: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly none: number;
}

export type TimelineRow =
  | { readonly kind: "step"; readonly step: Step; readonly depth: 0 | 1 }
  | { readonly kind: "group"; readonly group: StepGroup; readonly isOpen: boolean };

/** The rows to show; `open` holds the keys of the groups that are open. */
export function toTimelineRows(steps: readonly Step[], open: ReadonlySet<number>): TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (const run of runsOf(steps)) {
    if (run.length < GROUP_FROM) {
      for (const step of run) rows.push({ kind: "step", step, depth: 0 });
      continue;
    }
    const group = toGroup(run);
    const isOpen = open.has(group.key);
    rows.push({ kind: "group", group, isOpen });
    if (isOpen) for (const step of run) rows.push({ kind: "step", step, depth: 1 });
  }
  return rows;
}

function runsOf(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [];
  let likeness: string | undefined;
  for (const step of steps) {
    const own = likenessOf(step);
    const last = runs.at(-1);
    if (last !== undefined && own === likeness) last.push(step);
    else runs.push([step]);
    likeness = own;
  }
  return runs;
}

/** Calls of a keyed handler are alike whatever the key, and so are steps whose names only count. */
function likenessOf({ kind, title, subject, entry }: Step): string {
  const target = entry.target?.split("/");
  if (target !== undefined) return `${title} ${target[0]}/${target.at(-1)} ${entry.name ?? ""}`;
  if (kind === "state") return kind;
  return `${title} ${subject.replace(/\d+/g, "#")}`;
}

function toGroup(steps: readonly Step[]): StepGroup {
  const counts = { waiting: 0, succeeded: 0, failed: 0, none: 0 };
  let startedAt = Number.POSITIVE_INFINITY;
  let endedAt = Number.NEGATIVE_INFINITY;
  for (const step of steps) {
    counts[step.state] += 1;
    startedAt = Math.min(startedAt, step.startedAt ?? startedAt);
    endedAt = Math.max(endedAt, step.endedAt ?? endedAt);
  }
  const [first] = steps as [Step, ...Step[]];
  const isOne = steps.every(({ title }) => title === first.title);
  return {
    key: first.index,
    title: isOne ? first.title : "State",
    subject: groupSubject(first, steps),
    steps,
    counts,
    startedAt: Number.isFinite(startedAt) ? startedAt : undefined,
    endedAt: counts.waiting > 0 || !Number.isFinite(endedAt) ? undefined : endedAt,
  };
}

function groupSubject(first: Step, steps: readonly Step[]): string {
  const target = first.entry.target?.split("/");
  if (target !== undefined) {
    return target.length === 3 ? `${target[0]}/…/${target[2]}` : target.join("/");
  }
  if (first.kind === "state") return "";
  const last = steps.at(-1)?.subject ?? "";
  return last === first.subject ? first.subject : `${first.subject} … ${last}`;
}
