/** What it means for an attempt that a function of AWS Lambda gave no answer. */
import type { AttemptFailure } from "@rejoin/engine";
import type { LambdaError } from "../lambda/lambda-error.ts";
import type { RetryAdvice } from "./transport.ts";

export interface LambdaFailure {
  readonly failure: AttemptFailure;
  readonly retry: RetryAdvice;
}

export function lambdaFailure(error: LambdaError, deploymentId: string): LambdaFailure {
  const { kind, message, retryAfterMs } = error;
  switch (kind) {
    case "throttled":
      return {
        ...problem("RT0023", 429, message),
        retry: { nextRetryDelayMs: retryAfterMs },
      };
    case "requestTooLarge":
      return problem("RT0019", 413, `${message}; ${remedy(REQUEST_REMEDY, deploymentId)}`, PAUSE);
    case "responseTooLarge":
      return problem("RT0003", 413, `${message}; ${remedy(RESPONSE_REMEDY, deploymentId)}`, PAUSE);
    case "functionFailed":
      return problem("RT0007", 500, message);
    case "unreachable":
    case "refused":
      return problem("RT0010", 500, message);
    case "malformed":
      return problem("RT0012", 571, message);
  }
}

const PAUSE: RetryAdvice = { pause: true };

const REQUEST_REMEDY = "its journal has to become smaller, or be compressed by a newer SDK";
const RESPONSE_REMEDY = "the handler has to return less, or do less between two waits";

/** It is paused, and not tried again: nothing would be different. */
function remedy(change: string, deploymentId: string): string {
  return (
    `the invocation is paused: ${change}, or the code has to be served over HTTP: move ` +
    `deployment ${deploymentId} there with an update of its uri, then resume the invocation`
  );
}

function problem(
  docCode: string,
  code: number,
  message: string,
  retry: RetryAdvice = {},
): LambdaFailure {
  return { failure: { code, message, stacktrace: "", docCode }, retry };
}
