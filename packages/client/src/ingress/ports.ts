/** What the ingress client takes from its surroundings beside `fetch`. */

export interface IngressPorts {
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Rejects with the reason of `signal` as soon as that aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with a `TimeoutError`. */
  timeoutSignal(ms: number): AbortSignal;
}

/** Timers cannot be set for longer. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The real ones. */
export const realPorts: IngressPorts = {
  now: () => Date.now(),
  random: () => Math.random(),
  timeoutSignal: (ms) => AbortSignal.timeout(ms),
  async sleep(ms, signal) {
    let leftMs = ms;
    do {
      const partMs = Math.min(leftMs, TIMER_MS_MAX);
      await sleepOnce(partMs, signal);
      leftMs -= partMs;
    } while (leftMs > 0);
  },
};

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("the request was aborted", { cause: reason });
}
