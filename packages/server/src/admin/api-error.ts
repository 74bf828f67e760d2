/** An answer of the admin API that is an error: a status and `{message, restate_code}`. */
import type { ErrorCode } from "@rejoin/protocol";

export type ApiErrorStatus = 400 | 404 | 405 | 409 | 410 | 413 | 422 | 425 | 429 | 500 | 501 | 503;

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: ApiErrorStatus;
  readonly code: ErrorCode | undefined;
  constructor(status: ApiErrorStatus, message: string, code?: ErrorCode, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

export interface ErrorBody {
  readonly message: string;
  readonly restate_code: string | null;
}

export function toErrorBody(message: string, code: ErrorCode | undefined): ErrorBody {
  return code === undefined
    ? { message, restate_code: null }
    : { message: `[${code}] ${message}`, restate_code: code };
}
