/** Why a function of AWS Lambda gave no answer. */

/**
 * - `throttled`: too many calls at once; later it may be called
 * - `requestTooLarge`, `responseTooLarge`: more than AWS Lambda carries, now and always
 * - `functionFailed`: the function was called, and ended with an error of its own
 * - `unreachable`: no connection, no credentials, or AWS Lambda itself failed
 * - `refused`: AWS Lambda does not call it: no such function, no permission
 * - `malformed`: it answered something that an endpoint does not
 */
export type LambdaErrorKind =
  | "throttled"
  | "requestTooLarge"
  | "responseTooLarge"
  | "functionFailed"
  | "unreachable"
  | "refused"
  | "malformed";

export interface LambdaErrorOptions extends ErrorOptions {
  readonly kind: LambdaErrorKind;
  /** When it may be tried again, if AWS Lambda says so. */
  readonly retryAfterMs?: number | undefined;
}

export class LambdaError extends Error {
  override readonly name = "LambdaError";
  readonly kind: LambdaErrorKind;
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: LambdaErrorOptions) {
    super(message, options);
    this.kind = options.kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
