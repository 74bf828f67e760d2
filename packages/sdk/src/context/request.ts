/** What a handler can learn about the request that it serves. */
import type { InvocationId } from "../promise/restate-promise.ts";

export interface Target {
  readonly service: string;
  readonly handler: string;
  readonly key?: string;
  /** `service/handler` or `service/key/handler`. */
  toString(): string;
}

export interface Request {
  readonly target: Target;
  readonly id: InvocationId;
  /** Of the original invocation. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of this attempt. */
  readonly attemptHeaders: ReadonlyMap<string, string | string[] | undefined>;
  readonly body: Uint8Array;
  readonly extraArgs: unknown[];
  readonly idempotencyKey?: string;
  readonly scope?: string;
  readonly limitKey?: string;
  /** Aborts when this attempt is over, for whatever reason. */
  readonly attemptCompletedSignal: AbortSignal;
}
