/**
 * The real event loop, taken before anybody can replace it: fake timers of test runners do. It is
 * all that this package knows of real time.
 */
const {
  setImmediate: immediate,
  setTimeout: timeout,
  clearTimeout: cancelTimeout,
  queueMicrotask: microtask,
  Date: Dates,
} = globalThis;
const { nextTick: tick } = process;

/** Calls `callback` in the next turn of the event loop. */
export function afterTurn(callback: () => void): void {
  immediate(callback);
}

/** Resolves when every promise that can go on by itself has gone on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => immediate(resolve));
}

/** Calls `callback` when no microtask is left. */
export function afterMicrotasks(callback: () => void): void {
  microtask(() => tick(callback));
}

/** Calls `callback` after `delayMs` of real time; the result cancels it. */
export function afterReal(delayMs: number, callback: () => void): () => void {
  const handle = timeout(callback, Math.min(delayMs, DELAY_MS_MAX));
  return () => cancelTimeout(handle);
}

/** Milliseconds since the Unix epoch, really. */
export function realNow(): number {
  return Dates.now();
}

/** A longer delay overflows the timer of Node and would fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;
