/** When a request to the ingress is repeated, and after how long. */
import { type Duration, toExactMillis } from "@rejoin/protocol";

/** A failure that leaves open whether the request was carried out. */
export type RetryFailure =
  | {
      /** There was no answer, or it broke off. */
      readonly kind: "network";
      readonly error: unknown;
    }
  | {
      /** The answer has a status other than 2xx. */
      readonly kind: "response";
      readonly status: number;
      readonly headers: Headers;
      /** The body as text, unless it is empty. */
      readonly body?: string;
    };

/**
 * Only requests that are safe to repeat are: calls and sends with an idempotency key, and whatever
 * submits a workflow or asks for a result. Retrying ends with the first of the bounds.
 */
export interface RetryPolicy {
  /** The first one included; `false` for no bound. Default: 6. */
  maxAttempts?: number | false;
  /**
   * From the first attempt to the start of the last one, in milliseconds or as a duration; `false`
   * for no bound. It ends no attempt that is under way. Default: a minute.
   */
  maxDuration?: Duration | number | false;
  /** Before the second attempt. Default: 250 ms. */
  initialInterval?: Duration | number;
  /** Default: 3 s. Intervals vary by a fifth, so that one may be longer by as much. */
  maxInterval?: Duration | number;
  /** From one interval to the next. Default: 2. */
  exponentiationFactor?: number;
  /** Wait as long as a `retry-after` header says, however long that is. Default: `true`. */
  respectRetryAfter?: boolean;
  /**
   * Which failures are worth another attempt, instead of {@link defaultShouldRetry}.
   *
   * @param attempt the index of the attempt that has failed, from 0
   */
  shouldRetry?: (failure: RetryFailure, attempt: number) => boolean;
}

/** A policy with all of its values; times in milliseconds, no bound is `Infinity`. */
export interface ResolvedRetryPolicy {
  readonly attemptsMax: number;
  readonly durationMaxMs: number;
  readonly initialIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly exponentiationFactor: number;
  readonly respectsRetryAfter: boolean;
  readonly shouldRetry: (failure: RetryFailure, attempt: number) => boolean;
}

const JITTER = 0.2;
const TRANSIENT_STATUSES: readonly number[] = [408, 425, 429];
const ERROR_SOURCE = "x-restate-error-source";
const SECOND_MS = 1000;

/** The defaults where nothing else is said; `undefined` if nothing is to be retried. */
export function resolveRetryPolicy(
  retry: RetryPolicy | boolean | undefined,
): ResolvedRetryPolicy | undefined {
  if (retry === undefined || retry === false) return undefined;
  const given = retry === true ? {} : retry;
  const { maxAttempts = 6, maxDuration = { minutes: 1 } } = given;
  return {
    attemptsMax: maxAttempts === false ? Number.POSITIVE_INFINITY : maxAttempts,
    durationMaxMs: maxDuration === false ? Number.POSITIVE_INFINITY : toExactMillis(maxDuration),
    initialIntervalMs: toExactMillis(given.initialInterval ?? { milliseconds: 250 }),
    maxIntervalMs: toExactMillis(given.maxInterval ?? { seconds: 3 }),
    exponentiationFactor: given.exponentiationFactor ?? 2,
    respectsRetryAfter: given.respectRetryAfter ?? true,
    shouldRetry: given.shouldRetry ?? defaultShouldRetry,
  };
}

/**
 * What is retried unless a policy says otherwise: network errors, and the statuses 408, 425, 429 and
 * 5xx. How an invocation ended is an answer, whatever its status: it is never retried.
 */
export function defaultShouldRetry(failure: RetryFailure): boolean {
  if (failure.kind === "network") return true;
  if (failure.headers.get(ERROR_SOURCE) === "invocation") return false;
  const { status } = failure;
  return TRANSIENT_STATUSES.includes(status) || (status >= 500 && status <= 599);
}

/** When and by what chance the next attempt is decided. */
export interface RetryMoment {
  /** The index of the attempt that has failed, from 0. */
  readonly attempt: number;
  /** Since the first attempt began. */
  readonly elapsedMs: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

/** How long to wait for the next attempt; `undefined` if there is none. */
export function nextAttemptAfterMs(
  policy: ResolvedRetryPolicy,
  failure: RetryFailure,
  moment: RetryMoment,
): number | undefined {
  const { attempt, elapsedMs, nowMs, random } = moment;
  if (attempt + 1 >= policy.attemptsMax || !policy.shouldRetry(failure, attempt)) return undefined;
  const asked =
    failure.kind === "response" && policy.respectsRetryAfter
      ? parseRetryAfter(failure.headers, nowMs)
      : undefined;
  const delayMs = asked ?? backoffMs(policy, attempt, random);
  return elapsedMs + delayMs < policy.durationMaxMs ? delayMs : undefined;
}

/** Exponential up to the longest interval, then up to a fifth more or less. */
export function backoffMs(policy: ResolvedRetryPolicy, attempt: number, random: number): number {
  const { initialIntervalMs, exponentiationFactor, maxIntervalMs } = policy;
  const interval = Math.min(initialIntervalMs * exponentiationFactor ** attempt, maxIntervalMs);
  return interval * (1 - JITTER + 2 * JITTER * random);
}

/** Milliseconds from `nowMs`, of seconds or a date; `undefined` if there is neither. */
export function parseRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null || value.trim() === "") return undefined;
  const seconds = Number(value);
  const afterMs = Number.isFinite(seconds) ? seconds * SECOND_MS : Date.parse(value) - nowMs;
  return Number.isNaN(afterMs) ? undefined : Math.max(0, afterMs);
}
