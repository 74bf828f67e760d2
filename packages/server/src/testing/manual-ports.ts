/**
 * Ports on a clock that moves only when a test moves it. Nothing here waits for real time: what is
 * "soon" or due is run by {@link ManualPorts.settle} and {@link ManualPorts.advance}.
 */
import type { LogLevel, Ports } from "../ports/ports.ts";

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop after which something must have come to rest. */
const TURNS_MAX = 100_000;

export interface Line {
  readonly level: LogLevel;
  readonly message: string;
}

/** Numbers from 0 to `below - 1`, the same for the same seed. */
export function createRandom(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export class ManualPorts implements Ports {
  readonly clock = { now: () => this.time };
  readonly timers = {
    after: (delayMs: number, callback: () => void) => this.after(delayMs, callback),
  };
  readonly scheduler = { soon: (callback: () => void) => void this.soon.push(callback) };
  readonly random: { bytes(length: number): Uint8Array };
  readonly lines: Line[] = [];
  /** Waits for something that is under way outside, in real time; `false` if there is nothing. */
  waitOutside: (() => Promise<boolean>) | undefined;

  private time = 1_700_000_000_000;
  private readonly waiting = new Set<Waiting>();
  private soon: (() => void)[] = [];
  private orders = 0;

  constructor(seed = 1) {
    const random = createRandom(seed);
    this.random = { bytes: (length) => Uint8Array.from({ length }, () => random(256)) };
  }

  readonly log = (level: LogLevel, message: string): void => {
    this.lines.push({ level, message });
  };

  /** How many timers wait. */
  get timerCount(): number {
    return this.waiting.size;
  }

  /** When the next timer is due. */
  get nextTimerAt(): number | undefined {
    return this.next()?.at;
  }

  /** Runs what is soon, and the promises that wait for it, until nothing is left of either. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await turnOfTheLoop();
      if (await this.waitOutside?.()) continue;
      if (this.soon.length === 0) return;
      const callbacks = this.soon;
      this.soon = [];
      for (const callback of callbacks) {
        callback();
        await microtasks();
      }
    }
    throw new Error("nothing comes to rest");
  }

  /** Lets `ms` pass: every timer that becomes due fires at its time, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await this.settle();
    for (let next = this.next(); next !== undefined && next.at <= until; next = this.next()) {
      await this.fire(next);
    }
    this.time = until;
  }

  /** Goes on to the next timer; `false` if there is none. */
  async step(): Promise<boolean> {
    await this.settle();
    const next = this.next();
    if (next === undefined) return false;
    await this.fire(next);
    return true;
  }

  /** Goes from timer to timer until `done`; throws when that takes longer than `maxMs`. */
  async until(done: () => boolean, maxMs = 3_600_000): Promise<void> {
    const deadline = this.time + maxMs;
    await this.settle();
    while (!done()) {
      const next = this.next();
      if (next === undefined) throw new Error("nothing is left that could happen");
      if (next.at > deadline) throw new Error(`it has not happened within ${maxMs} ms`);
      await this.fire(next);
    }
  }

  /** The clock alone: nothing fires. */
  setTime(timeMs: number): void {
    this.time = timeMs;
  }

  private async fire(next: Waiting): Promise<void> {
    this.waiting.delete(next);
    this.time = Math.max(this.time, next.at);
    next.callback();
    await this.settle();
  }

  private next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of this.waiting) {
      if (first === undefined || entry.at < first.at) first = entry;
      else if (entry.at === first.at && entry.order < first.order) first = entry;
    }
    return first;
  }

  private after(delayMs: number, callback: () => void): () => void {
    const entry = { at: this.time + Math.max(0, delayMs), order: this.orders++, callback };
    this.waiting.add(entry);
    return () => void this.waiting.delete(entry);
  }
}

/** Ends when every promise that can go on has gone on. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A callback's own consequences come before the next callback, as they do in Node. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve();
}
