/**
 * Inactivity and abort timeouts of all open attempts, with one timer.
 *
 * An attempt that has been silent for its inactivity timeout is asked to suspend; one that stays
 * silent for its abort timeout after that is aborted.
 */
import { ChurnMap } from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import type { Attempt } from "./attempt.ts";

interface Timeouts {
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
}

interface Watched {
  readonly attempt: Attempt;
  readonly timeouts: Timeouts;
}

const SWEEP_MS_MIN = 5;
const SWEEP_MS_MAX = 1000;
/** A timeout is met within this share of it. */
const PRECISION = 8;

export class IdleWatch {
  private readonly ports: Ports;
  private readonly watched = new ChurnMap<number, Watched>();
  private lastTicket = 0;
  private cancelSweep: (() => void) | undefined;
  private sweepMs = SWEEP_MS_MAX;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /** The ticket with which the watch is ended. */
  watch(attempt: Attempt, timeouts: Timeouts): number {
    this.lastTicket += 1;
    this.watched.set(this.lastTicket, { attempt, timeouts });
    const wanted = sweepInterval(timeouts);
    if (this.cancelSweep === undefined || wanted < this.sweepMs) this.schedule(wanted);
    return this.lastTicket;
  }

  unwatch(ticket: number): void {
    this.watched.delete(ticket);
  }

  close(): void {
    for (const ticket of this.watched.keys()) this.watched.delete(ticket);
    this.cancelSweep?.();
    this.cancelSweep = undefined;
  }

  /** In place of the sweep that is scheduled, if one is. */
  private schedule(sweepMs: number): void {
    this.cancelSweep?.();
    this.sweepMs = sweepMs;
    this.cancelSweep = this.ports.timers.after(sweepMs, () => this.sweep());
  }

  private sweep(): void {
    this.cancelSweep = undefined;
    const now = this.ports.clock.now();
    let next = SWEEP_MS_MAX;
    for (const { attempt, timeouts } of this.watched.values()) {
      next = Math.min(next, sweepInterval(timeouts));
      check(attempt, timeouts, now);
    }
    // An attempt that was checked may have ended, and another one begun: then a sweep is scheduled.
    if (this.watched.size > 0) this.schedule(next);
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
