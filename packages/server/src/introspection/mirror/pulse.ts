/**
 * Whether a process still does anything: it is asked for a sign of life again and again. One that has
 * been stopped, or hangs, keeps those waiting who have asked it, and what it is sent piles up.
 *
 * Asked signs are counted, not time: a server that was itself suspended for an hour has asked for one.
 */
import type { Timers } from "../../ports/ports.ts";

export interface PulseOptions {
  readonly timers: Timers;
  /** Asks for a sign of life. */
  readonly ask: () => void;
  /** None has come for so many milliseconds. Called once; then nothing more is asked. */
  readonly onSilence: (silentMs: number) => void;
}

const INTERVAL_MS = 5000;
const UNANSWERED_MAX = 3;
/** It has a database to load before it can listen, perhaps on a machine that is busy otherwise. */
const UNANSWERED_AT_FIRST_MAX = 8;

export class Pulse {
  private readonly options: PulseOptions;
  private unanswered = 0;
  private unansweredMax = UNANSWERED_AT_FIRST_MAX;
  private cancel: () => void;

  constructor(options: PulseOptions) {
    this.options = options;
    this.cancel = this.next();
  }

  /** It has said something, whatever that was. */
  heard(): void {
    this.unanswered = 0;
    this.unansweredMax = UNANSWERED_MAX;
  }

  close(): void {
    this.cancel();
  }

  private next(): () => void {
    return this.options.timers.after(INTERVAL_MS, () => this.tick());
  }

  private tick(): void {
    if (this.unanswered >= this.unansweredMax) {
      this.options.onSilence(this.unanswered * INTERVAL_MS);
      return;
    }
    this.unanswered += 1;
    this.options.ask();
    this.cancel = this.next();
  }
}
