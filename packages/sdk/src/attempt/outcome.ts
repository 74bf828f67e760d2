/** What thrown errors become: a recorded failure, or the end of the attempt. */
import {
  type Failure,
  type FailureResult,
  type Outcome,
  type ProtocolVersion,
  toMillis,
} from "@rejoin/protocol";
import { ErrorCode, RestateError, RetryableError, TerminalError, toError } from "../errors.ts";
import type { AttemptFailure, RelatedCommand } from "../vm/attempt-failure.ts";

/** The outcome that a handler's error is; `undefined` when it has to be retried. */
export function toHandlerOutcome(error: Error, version: ProtocolVersion): Outcome | undefined {
  if (!(error instanceof TerminalError)) return undefined;
  return { kind: "failure", failure: toFailure(error, version) };
}

/** The recorded form of a terminal error; metadata exists from version 6 on. */
export function toFailure(error: TerminalError, version: ProtocolVersion): Failure {
  const metadata = Object.entries(error.metadata ?? {});
  const failure = { code: error.code, message: error.message };
  if (version < 6 || metadata.length === 0) return failure;
  return { ...failure, metadata: metadata.map(([key, value]) => ({ key, value })) };
}

/** What completes something with a failure: a text has code 500, an error keeps its own. */
export function toRejection(
  reason: string | TerminalError,
  version: ProtocolVersion,
): FailureResult {
  const error = reason instanceof TerminalError ? reason : new TerminalError(messageOf(reason));
  return { kind: "failure", failure: toFailure(error, version) };
}

function messageOf(reason: unknown): string {
  return typeof reason === "string" ? reason : toError(reason).message;
}

/** How an error that is retried ends the attempt. */
export function toAttemptFailure(error: Error, related?: RelatedCommand): AttemptFailure {
  const delay = error instanceof RetryableError ? error.retryAfter : undefined;
  return {
    code: error instanceof RestateError ? error.code : ErrorCode.internal,
    message: error.message,
    stacktrace: error.stack ?? "",
    ...(related === undefined ? {} : { related }),
    ...(delay === undefined ? {} : { nextRetryDelayMs: toMillis(delay) }),
  };
}
