/** What comes of an operation. */
import type { OperationResult, Refusal } from "../actions.ts";

export type Operated = OperationResult;

export const done: Operated = { kind: "done" };
export const requested: Operated = { kind: "requested" };

/** `why` goes on after the invocation's id. */
export function refused(reason: Refusal, why: string): Operated {
  return { kind: "refused", reason, message: why };
}
