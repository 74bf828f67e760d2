/** A failed attempt: another one later, by the handler's retry policy, or the end. */
import type { ErrorMessage } from "@rejoin/protocol";
import type { AttemptFailure, Invocation } from "../model/invocation.ts";
import type { AttemptFailedRecord } from "../records.ts";
import type { RetryPolicy } from "../registry.ts";
import { TIMER_RETRY } from "../rows/keys.ts";
import { settingsOf } from "../settings.ts";
import { setTimer, toInstant } from "../timers.ts";
import type { Transaction } from "../transaction.ts";
import { complete, prepareCompletion } from "./completion.ts";
import { noteFailure } from "./events.ts";
import { pauseNow } from "./pause.ts";

const JITTER_MS_MIN = 3;
const JITTER_FRACTION_MAX = 0.3;

export interface FailureVerdict {
  readonly failure: AttemptFailure;
  readonly nextRetryDelayMs: number | undefined;
  readonly behavior: "retry" | "pause" | "fail";
}

export function applyAttemptFailed(txn: Transaction, record: AttemptFailedRecord): void {
  const current = txn.invocation(record.key);
  if (current?.status !== "invoked" || current.starts !== record.start) return;
  const invocation = txn.edit(record.key);
  if (invocation === undefined) return;
  failAttempt(txn, invocation, {
    failure: record.failure,
    nextRetryDelayMs: record.nextRetryDelayMs,
    behavior: record.behavior ?? "retry",
  });
}

const BEHAVIORS = ["retry", "pause", "fail"] as const;

/** What an endpoint's error message asks for. */
export function verdictOf(message: ErrorMessage): FailureVerdict {
  const { relatedCommandIndex, relatedCommandName, relatedCommandType } = message;
  return {
    failure: {
      code: message.code,
      message: message.message,
      stacktrace: message.stacktrace,
      docCode: docCodeOf(message.code),
      ...(relatedCommandIndex !== undefined ? { relatedCommandIndex } : {}),
      ...(relatedCommandName !== undefined ? { relatedCommandName } : {}),
      ...(relatedCommandType !== undefined ? { relatedCommandType } : {}),
    },
    nextRetryDelayMs: message.nextRetryDelayMs,
    behavior: BEHAVIORS[message.behavior] ?? "retry",
  };
}

function docCodeOf(code: number): string {
  if (code === 570) return "RT0016";
  return code === 571 ? "RT0012" : "RT0007";
}

/** Ends the attempt: fails, pauses or schedules the next one. */
export function failAttempt(
  txn: Transaction,
  invocation: Invocation,
  verdict: FailureVerdict,
): void {
  const { failure, nextRetryDelayMs, behavior } = verdict;
  txn.actions.push({
    kind: "stopAttempt",
    key: invocation.key,
    start: invocation.starts,
    reason: failure.message,
  });
  noteFailure(txn, invocation, failure);
  invocation.lastFailure = failure;
  invocation.starts += 1;
  invocation.retriesSinceEntry += 1;
  const policy = settingsOf(txn.registry, invocation.target, invocation.pin).retryPolicy;
  if (nextRetryDelayMs === undefined) invocation.retryCount += 1;
  const exhausted =
    nextRetryDelayMs === undefined &&
    policy.maxAttempts !== undefined &&
    invocation.retryCount >= Math.max(1, policy.maxAttempts);
  if (behavior === "fail" || (exhausted && policy.onMaxAttempts === "kill")) {
    const { code, message } = failure;
    prepareCompletion(txn, invocation);
    complete(txn, invocation, { kind: "failure", failure: { code, message } });
  } else if (behavior === "pause" || exhausted || invocation.pausing) {
    pauseNow(txn, invocation);
  } else {
    retryAfter(txn, invocation, nextRetryDelayMs ?? policyDelay(txn, invocation, policy));
  }
}

function policyDelay(txn: Transaction, invocation: Invocation, policy: RetryPolicy): number {
  const power = policy.exponentiationFactor ** (invocation.retryCount - 1);
  // Of an interval of 0 even the largest multiple is 0, but for infinity.
  const factor = Math.min(power, Number.MAX_SAFE_INTEGER);
  const delay = Math.min(policy.initialIntervalMs * factor, policy.maxIntervalMs);
  const random = ((txn.context.random[0] ?? 0) * 256 + (txn.context.random[1] ?? 0)) / 65_536;
  const jitterMax = Math.max(JITTER_MS_MIN, delay * JITTER_FRACTION_MAX);
  return delay + JITTER_MS_MIN + random * (jitterMax - JITTER_MS_MIN);
}

function retryAfter(txn: Transaction, invocation: Invocation, delayMs: number): void {
  const timeMs = toInstant(Math.ceil(txn.context.timeMs + delayMs));
  const { key, bornIn } = invocation;
  invocation.nextRetryAt = timeMs;
  setTimer(txn, { timeMs, invocation: key, id: TIMER_RETRY, bornIn });
}
