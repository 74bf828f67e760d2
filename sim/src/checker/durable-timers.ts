/** The durable timers: each fires once, not before its time, and not much later. */
import { type Commit, type TimerId, timerOfRow, type Write } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { latin1 } from "./digest.ts";
import type { Violations } from "./violations.ts";

/** How late a timer may be when nothing disturbs its partition. */
export const TIMER_SLACK_MS = 2000;

interface Options {
  readonly violations: Violations;
  readonly now: () => number;
  readonly disturbedAt: (partition: number) => number;
}

interface SetTimer {
  readonly timer: TimerId;
  readonly partition: number;
  readonly setAt: number;
}

export class DurableTimers {
  /** Timers on the disk, by row key. */
  readonly set = new Map<string, SetTimer>();
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** A timer row has been written or deleted. */
  write(partition: number, commit: Commit, { key, value }: Write): void {
    const row = `${partition} ${latin1(key, key.length)}`;
    if (value === undefined) {
      this.fired(row, partition, commit);
      return;
    }
    const timer = timerOfRow({ key, value });
    this.set.set(row, { timer, partition, setAt: this.options.now() });
  }

  private fired(row: string, partition: number, commit: Commit): void {
    const { violations, now, disturbedAt } = this.options;
    const set = this.set.get(row);
    if (set === undefined) {
      violations.report("timer-twice", "a timer fired twice, or without being durable");
      return;
    }
    const { timer } = set;
    const name = `timer ${timer.id} of ${formatInvocationId(timer.invocation)}`;
    this.set.delete(row);
    if (commit.timeMs < timer.timeMs) {
      violations.report("timer-early", `${name} fired ${timer.timeMs - commit.timeMs} ms early`);
    }
    const lateMs = now() - Math.max(timer.timeMs, set.setAt, disturbedAt(partition));
    if (lateMs > TIMER_SLACK_MS) violations.report("timer-late", `${name} fired ${lateMs} ms late`);
  }
}
