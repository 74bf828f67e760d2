/** What becomes of a run whose closure failed transiently. Pure arithmetic. */

/** The retry policy of one `ctx.run`. */
export interface RunRetryPolicy {
  readonly initialIntervalMs: number | undefined;
  readonly maxIntervalMs: number | undefined;
  readonly factor: number | undefined;
  /** Counts the first execution too. */
  readonly maxAttempts: number | undefined;
  /** Over all attempts, kept across replays. */
  readonly maxDurationMs: number | undefined;
}

export const DEFAULT_INITIAL_INTERVAL_MS = 50;
export const DEFAULT_MAX_INTERVAL_MS = 10_000;
export const DEFAULT_FACTOR = 2;

/** How often and how long a run has been tried, the failed try included. */
export interface RunTries {
  readonly count: number;
  readonly durationMs: number;
}

export type RunDecision =
  | { readonly kind: "retry"; readonly afterMs?: number }
  | { readonly kind: "giveUp" };

/**
 * Decides over the next try. `delayMs` is what the error itself asks for; it replaces the interval
 * but not the bounds. Without policy and delay the invocation's own policy decides.
 */
export function decideRunRetry(
  tries: RunTries,
  policy: RunRetryPolicy | undefined,
  delayMs?: number,
): RunDecision {
  if (policy?.maxAttempts !== undefined && tries.count >= policy.maxAttempts) {
    return { kind: "giveUp" };
  }
  if (policy?.maxDurationMs !== undefined && tries.durationMs >= policy.maxDurationMs) {
    return { kind: "giveUp" };
  }
  if (delayMs !== undefined) return { kind: "retry", afterMs: delayMs };
  if (policy === undefined) return { kind: "retry" };
  return { kind: "retry", afterMs: intervalMs(tries.count, policy) };
}

function intervalMs(count: number, policy: RunRetryPolicy): number {
  const initial = policy.initialIntervalMs ?? DEFAULT_INITIAL_INTERVAL_MS;
  const max = policy.maxIntervalMs ?? DEFAULT_MAX_INTERVAL_MS;
  const grown = initial * (policy.factor ?? DEFAULT_FACTOR) ** Math.max(0, count - 1);
  return Math.trunc(Math.min(max, grown));
}
