/** The real clock, timers and random numbers. */
import { randomFillSync } from "node:crypto";
import type { Log, Ports } from "./ports.ts";

const RANDOM_POOL_BYTES = 8192;
/** A longer delay overflows the timer of Node and would fire at once. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

/** Ports that end in this process's own clock, timers and randomness. */
export function createRealPorts(log: Log): Ports {
  return {
    clock: { now: () => Date.now() },
    timers: {
      after: (delayMs, callback) => {
        const handle = setTimeout(callback, Math.min(delayMs, TIMER_DELAY_MS_MAX));
        return () => clearTimeout(handle);
      },
    },
    scheduler: { soon: (callback) => void setImmediate(callback) },
    random: { bytes: createRandomPool() },
    log,
  };
}

/** Random bytes are drawn in large pieces: one system call serves hundreds of ids. */
function createRandomPool(): (length: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = randomFillSync(new Uint8Array(Math.max(RANDOM_POOL_BYTES, length)));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}
