/** The time of the clock, for what is told from now: one timer for the whole page. */
import { useSyncExternalStore } from "react";

const EVERY_MS = 1000;

/** Counts while somebody looks. Between its ticks it stands, however often it is read. */
class Clock {
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      // Nobody has looked for a while.
      this.#now = Date.now();
      this.#timer = setInterval(() => this.#tick(), EVERY_MS);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  readonly read = (): number => this.#now;

  #tick(): void {
    if (document.hidden) return;
    this.#now = Date.now();
    for (const listener of this.#listeners) listener();
  }
}

const clock = new Clock();

/** Milliseconds since the Unix epoch, once a second. */
export function useNow(): number {
  return useSyncExternalStore(clock.subscribe, clock.read);
}
