/**
 * Inactivity and abort timeouts of all open attempts, with one timer.
 *
 * An attempt that has been silent for its inactivity timeout is asked to suspend; one that stays
 * silent for its abort timeout after that is aborted.
 */
import type { Ports } from "../ports/ports.ts";
import type { Attempt } from "./attempt.ts";

interface Timeouts {
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
}

const SWEEP_MS_MIN = 5;
const SWEEP_MS_MAX = 1000;
/** A timeout is met within this share of it. */
const PRECISION = 8;

export class IdleWatch {
  private readonly ports: Ports;
  private readonly watched = new Map<Attempt, Timeouts>();
  private cancelSweep: (() => void) | undefined;
  private sweepMs = SWEEP_MS_MAX;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  watch(attempt: Attempt, timeouts: Timeouts): void {
    this.watched.set(attempt, timeouts);
    const wanted = sweepInterval(timeouts);
    if (this.cancelSweep !== undefined && wanted >= this.sweepMs) return;
    this.cancelSweep?.();
    this.sweepMs = wanted;
    this.schedule();
  }

  unwatch(attempt: Attempt): void {
    this.watched.delete(attempt);
  }

  close(): void {
    this.watched.clear();
    this.cancelSweep?.();
    this.cancelSweep = undefined;
  }

  private schedule(): void {
    this.cancelSweep = this.ports.timers.after(this.sweepMs, () => this.sweep());
  }

  private sweep(): void {
    this.cancelSweep = undefined;
    const now = this.ports.clock.now();
    let next = SWEEP_MS_MAX;
    for (const [attempt, timeouts] of this.watched) {
      next = Math.min(next, sweepInterval(timeouts));
      check(attempt, timeouts, now);
    }
    this.sweepMs = next;
    if (this.watched.size > 0) this.schedule();
  }
}

function sweepInterval({ inactivityTimeoutMs, abortTimeoutMs }: Timeouts): number {
  const shortest = Math.min(inactivityTimeoutMs || SWEEP_MS_MAX, abortTimeoutMs || SWEEP_MS_MAX);
  return Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, shortest / PRECISION));
}

function check(attempt: Attempt, timeouts: Timeouts, now: number): void {
  const silentMs = now - Math.max(attempt.lastActivityAt, attempt.closedInputAt);
  if (attempt.closedInputAt === 0) {
    if (silentMs >= timeouts.inactivityTimeoutMs) attempt.requestSuspension();
  } else if (silentMs >= timeouts.abortTimeoutMs) {
    attempt.abortWith({
      code: 500,
      message: `the endpoint was silent for the abort timeout of ${timeouts.abortTimeoutMs} ms`,
      stacktrace: "",
      docCode: "RT0001",
    });
  }
}
