/** A clock that moves only when it is moved, and what waits for it. */

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** What is put off for so short a time, the server puts off to do more at once. */
const PACING_MS = 5;

export class VirtualTime {
  #now: number;
  #orders = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** Milliseconds since the Unix epoch. */
  get now(): number {
    return this.#now;
  }

  /** When the next callback is due. */
  get nextAt(): number | undefined {
    return this.#first(() => true)?.at;
  }

  /** Calls `callback` once after `delayMs` of this time; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void {
    const delay = Math.max(0, delayMs);
    const entry = { at: this.#now + delay, order: this.#orders++, delayMs: delay, callback };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  /** Moves the clock, never back. Nothing is called: see {@link takeDue}. */
  moveTo(instantMs: number): void {
    this.#now = Math.max(this.#now, instantMs);
  }

  /** Takes the first callback that is due. */
  takeDue(): (() => void) | undefined {
    return this.#take((entry) => entry.at <= this.#now);
  }

  /**
   * Takes a callback that the server has put off for a moment, to do more at once, and not until
   * something is due at `instantMs`: it need not wait for the clock.
   */
  takePacing(instantMs: number): (() => void) | undefined {
    return this.#take((entry) => entry.delayMs <= PACING_MS && entry.at < instantMs);
  }

  #take(fits: (entry: Waiting) => boolean): (() => void) | undefined {
    const entry = this.#first(fits);
    if (entry === undefined) return undefined;
    this.#waiting.delete(entry);
    return entry.callback;
  }

  #first(fits: (entry: Waiting) => boolean): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (!fits(entry)) continue;
      if (first === undefined || entry.at < first.at) first = entry;
      else if (entry.at === first.at && entry.order < first.order) first = entry;
    }
    return first;
  }
}
