/** What user code throws and catches. A failure is terminal, or it is retried. */
import type { Duration } from "@rejoin/protocol";

/** HTTP-like codes of failures that the SDK makes itself. */
export const ErrorCode = {
  badRequest: 400,
  timeout: 408,
  cancelled: 409,
  internal: 500,
  journalMismatch: 570,
  protocolViolation: 571,
  unsupportedFeature: 573,
  suspended: 599,
} as const;

/** The base of all errors that carry a code. */
export class RestateError extends Error {
  override name = "RestateError";
  /** An HTTP status, or one of the protocol's own codes above 569. */
  readonly code: number;

  constructor(message: string, options?: { errorCode?: number; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = options?.errorCode ?? ErrorCode.internal;
  }
}

/** Ends the invocation (or the run) with a recorded failure; it is never retried. */
export class TerminalError extends RestateError {
  override name = "TerminalError";
  /** Travels with the failure to whoever awaits the result. */
  readonly metadata?: Record<string, string>;

  constructor(
    message: string,
    options?: { errorCode?: number; metadata?: Record<string, string>; cause?: unknown },
  ) {
    super(message, options);
    this.metadata = options?.metadata ?? {};
  }
}

/** `orTimeout` ran out of time. */
export class TimeoutError extends TerminalError {
  override name = "TimeoutError";

  constructor() {
    super("Timeout occurred", { errorCode: ErrorCode.timeout });
  }
}

/** This invocation was cancelled. */
export class CancelledError extends TerminalError {
  override name = "CancelledError";

  constructor() {
    super("Cancelled", { errorCode: ErrorCode.cancelled });
  }
}

export interface RetryableErrorOptions {
  /** The delay before the next attempt, in milliseconds or as a duration. */
  retryAfter?: Duration | number;
}

/** Ends the attempt; the next one starts after `retryAfter`, else by the retry policy. */
export class RetryableError extends RestateError {
  override name = "RetryableError";
  readonly retryAfter?: Duration | number;

  constructor(
    message: string,
    options?: RetryableErrorOptions & { errorCode?: number; cause?: unknown },
  ) {
    super(message, options);
    if (options?.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }

  /** Wraps anything that was thrown. */
  static from(cause: unknown, options?: RetryableErrorOptions): RetryableError {
    return new RetryableError(toError(cause).message, { ...wrapOptions(cause), ...options });
  }
}

/** Thrown in a `ctx.run` closure, it pauses the invocation for an operator. */
export class PauseError extends RestateError {
  override name = "PauseError";

  /** Wraps anything that was thrown. */
  static from(cause: unknown): PauseError {
    return new PauseError(toError(cause).message, wrapOptions(cause));
  }
}

/** The attempt ended without a failure; only interceptors see it. */
export function createSuspendedError(message: string): RestateError {
  return new RestateError(message, { errorCode: ErrorCode.suspended });
}

/**
 * Whether an interceptor is told that the attempt ends without a failure: the invocation is
 * suspended, or the connection was lost.
 */
export function isSuspendedError(error: unknown): boolean {
  return error instanceof RestateError && error.code === ErrorCode.suspended;
}

/** Maps an error of the user's domain to a terminal one, or leaves it. */
export type AsTerminalError = (error: unknown) => TerminalError | undefined;

/** Whatever was thrown as an `Error`. */
export function toError(thrown: unknown, asTerminalError?: AsTerminalError): Error {
  if (thrown instanceof TerminalError) return thrown;
  const terminal = asTerminalError?.(thrown);
  if (terminal !== undefined) return terminal;
  if (thrown instanceof Error) return thrown;
  if (isErrorLike(thrown)) return new RestateError(thrown.message, { errorCode: thrown.code });
  return new Error(`Non-Error value: ${toJsonText(thrown)}`);
}

function wrapOptions(cause: unknown): { errorCode?: number; cause: unknown } {
  return cause instanceof RestateError ? { errorCode: cause.code, cause } : { cause };
}

function isErrorLike(thrown: unknown): thrown is { code: number; message: string } {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    typeof thrown.code === "number" &&
    "message" in thrown &&
    typeof thrown.message === "string"
  );
}

function toJsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "(no JSON representation)";
  }
}
