/**
 * Who runs under a limit, as handlers see it.
 *
 * What is promised: of the attempts that the leader of their partition has started and has neither
 * given up nor heard the end of, no more run at a time than the highest limit that was in force
 * since the first of them asked for its slot. An attempt of a process that has crashed or been
 * fenced, or one that was aborted, may still be executing: its invocation may have been given away.
 */
import type { LimiterId } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { KnownInvocation } from "../checker/known-invocation.ts";
import { describe, type SimAttempt } from "../checker/user-code-checker.ts";
import type { Violations } from "../checker/violations.ts";
import type { Stats } from "../stats.ts";
import type { LimiterLog } from "./limiter-log.ts";
import type { RegistryTimeline } from "./registry-timeline.ts";

interface Options {
  readonly disk: MemoryDisk;
  readonly log: LimiterLog;
  readonly timeline: RegistryTimeline;
  readonly violations: Violations;
  readonly stats: Stats;
}

interface Running {
  readonly attempt: SimAttempt;
  readonly partition: number;
  readonly slots: readonly LimiterId[];
  readonly askedSince: number;
}

export class RunningChecker {
  private readonly options: Options;
  private readonly running = new Map<InvocationKey, Running>();

  constructor(options: Options) {
    this.options = options;
  }

  /** A leader has started an attempt of an invocation that is invoked. */
  started(attempt: SimAttempt, { key, partition, header }: KnownInvocation): void {
    const { log, timeline, violations, stats } = this.options;
    const { slots, waitingFor } = header;
    const askedSince = log.askedSince(key) ?? 0;
    const lacking = timeline
      .requiredSince(askedSince, header)
      .filter((limiter) => !slots.includes(limiter));
    if (lacking.length > 0 || waitingFor !== undefined) {
      const what = waitingFor === undefined ? lacking.join(", ") : `(${waitingFor.limiter})`;
      violations.report("over-limit", `${describe(attempt)} was started without a slot of ${what}`);
    }
    this.running.set(key, { attempt, partition, slots, askedSince });
    if (slots.length > 0) stats.count("attempt with slots");
    for (const limiter of slots) this.check(limiter);
  }

  /** The server has heard the end of an attempt. */
  ended(attempt: SimAttempt): void {
    const { key } = attempt;
    if (key !== undefined && this.running.get(key)?.attempt === attempt) this.running.delete(key);
  }

  private check(limiter: LimiterId): void {
    const { timeline, violations, stats } = this.options;
    const together: Running[] = [];
    for (const [key, one] of this.running) {
      if (!this.counts(one)) this.running.delete(key);
      else if (one.slots.includes(limiter)) together.push(one);
    }
    if (together.length > 1) stats.count("ran together under a limit");
    const since = Math.min(...together.map(({ askedSince }) => askedSince));
    const most = timeline.highest(limiter, since);
    if (together.length <= most) return;
    const names = together.map(({ attempt: { key } }) => key && formatInvocationId(key)).join(", ");
    violations.report("over-limit", `${names} run at a time under ${limiter}, which is ${most}`);
  }

  private counts({ attempt, partition }: Running): boolean {
    const { epoch } = this.options.disk.partition(partition);
    return !attempt.dropped && attempt.epochs[partition] === epoch;
  }
}
