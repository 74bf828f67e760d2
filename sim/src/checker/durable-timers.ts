/**
 * The durable timers: each was durable before it fired, not before its time, and not much later.
 * Firing twice is allowed, and has to be without effect: the journals show that.
 */
import { type Commit, type TimerId, timerOfRow, type Write } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { CLOCK_SKEW_MS_MAX } from "../plan.ts";
import type { Stats } from "../stats.ts";
import { latin1 } from "./digest.ts";
import type { Violations } from "./violations.ts";

/** A partition that failed again and again is opened again after so long at most. */
const REOPEN_DELAY_MS_MAX = 5000;
/** How late a timer may be after the last disturbance of its partition. */
export const TIMER_SLACK_MS = REOPEN_DELAY_MS_MAX + 2000 + 2 * CLOCK_SKEW_MS_MAX;

interface Options {
  readonly violations: Violations;
  readonly stats: Stats;
  readonly now: () => number;
  readonly disturbedAt: (partition: number) => number;
  /** Whether the life of an invocation that has set a timer is over. */
  readonly isGone: (timer: TimerId) => boolean;
}

interface SetTimer {
  readonly timer: TimerId;
  readonly partition: number;
  readonly setAt: number;
}

export class DurableTimers {
  /** Timers on the disk, by row key. */
  readonly set = new Map<string, SetTimer>();
  private readonly everSet = new Set<string>();
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** A timer row has been written or deleted. */
  write(partition: number, commit: Commit, { key, value }: Write): void {
    const row = `${partition} ${latin1(key, key.length)}`;
    if (value === undefined) {
      this.fired(row, timerOfRow({ key, value: new Uint8Array(8) }), partition, commit);
      return;
    }
    const timer = timerOfRow({ key, value });
    this.everSet.add(row);
    this.set.set(row, { timer, partition, setAt: this.options.now() });
  }

  private fired(row: string, timer: TimerId, partition: number, commit: Commit): void {
    const { violations, now, disturbedAt, stats } = this.options;
    const set = this.set.get(row);
    const name = `timer ${timer.id} of ${formatInvocationId(timer.invocation)}`;
    if (set === undefined) {
      if (this.everSet.has(row)) stats.count("timer fired twice");
      else violations.report("early-timer", `${name} fired and was never durable`);
      return;
    }
    this.set.delete(row);
    if (this.options.isGone(timer)) return;
    if (commit.timeMs < timer.timeMs) {
      violations.report("early-timer", `${name} fired ${timer.timeMs - commit.timeMs} ms early`);
    }
    const lateMs = now() - Math.max(timer.timeMs, set.setAt, disturbedAt(partition));
    if (lateMs > TIMER_SLACK_MS) violations.report("late-timer", `${name} fired ${lateMs} ms late`);
  }
}
