/**
 * How many invocations of each service are in each status, besides those that have completed.
 *
 * Counted when a record is applied, by what it changes, so that nothing is ever scanned for it. What
 * was alive when the partition was opened is counted as the restart lists are walked, which is done
 * in the order of the batches that bore it; until its turn comes, an invocation is not counted, and
 * what happens to it is not either.
 */
import {
  type Effects,
  type Invocation,
  type InvocationStatus,
  invocationRows,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

/** The statuses of those that are alive. */
export const ALIVE_STATUSES = ["scheduled", "inboxed", "invoked", "suspended", "paused"] as const;
export type AliveStatus = (typeof ALIVE_STATUSES)[number];

export type StatusCount = Readonly<Record<AliveStatus, number>>;

type Known = Pick<Invocation, "key" | "status" | "bornIn" | "target">;

export class StatusCounts {
  private readonly byService = new Map<string, Record<AliveStatus, number>>();
  /** Batches up to this one bore what was there before. */
  private readonly openedAfter: number;
  private counting: { readonly batch: number; readonly seen: Set<InvocationKey> } | undefined;
  private countedUpTo = 0;
  private isWhole = false;

  /** `openedAfter` is the last commit before this opening. */
  constructor(openedAfter: number) {
    this.openedAfter = openedAfter;
  }

  /** Whether all that was alive at the opening has been counted. */
  get isComplete(): boolean {
    return this.isWhole;
  }

  get services(): ReadonlyMap<string, StatusCount> {
    return this.byService;
  }

  /** A restart list is about to be looked at, page by page; the lists come in the order of batches. */
  beginList(batch: number): void {
    this.counting = { batch, seen: new Set() };
    this.countedUpTo = batch - 1;
  }

  /** A page of it, with those of its invocations that are alive. */
  countPage(page: readonly InvocationKey[], living: readonly Known[]): void {
    for (const key of page) this.counting?.seen.add(key);
    for (const { target, status } of living) this.change(target.service, status, 1);
  }

  endList(): void {
    if (this.counting === undefined) return;
    this.countedUpTo = this.counting.batch;
    this.counting = undefined;
  }

  /** There are no more lists. */
  endLists(): void {
    this.isWhole = true;
    this.counting = undefined;
  }

  /** Counts what a record has changed; `before` reads what it found. */
  applied({ writes }: Effects, before: (key: InvocationKey) => Known | null | undefined): void {
    for (const write of writes) {
      if (write.kind.slot !== invocationRows.slot) continue;
      const old = before(write.key) ?? undefined;
      const now = write.value as Known | undefined;
      if (old?.status === now?.status && old?.bornIn === now?.bornIn) continue;
      if (old !== undefined && this.isCounted(old)) this.change(old.target.service, old.status, -1);
      if (now !== undefined && this.isCounted(now)) this.change(now.target.service, now.status, 1);
    }
  }

  private isCounted({ key, bornIn }: Known): boolean {
    if (this.isWhole || bornIn > this.openedAfter || bornIn <= this.countedUpTo) return true;
    return this.counting?.batch === bornIn && this.counting.seen.has(key);
  }

  private change(service: string, status: InvocationStatus, by: 1 | -1): void {
    if (status === "completed") return;
    let counts = this.byService.get(service);
    if (counts === undefined) {
      counts = { scheduled: 0, inboxed: 0, invoked: 0, suspended: 0, paused: 0 };
      this.byService.set(service, counts);
    }
    counts[status] += by;
  }
}
