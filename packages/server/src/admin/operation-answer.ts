/** What is answered when an operation is refused. */
import type { OperationResult, Refusal } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import { ApiError, type ApiErrorStatus } from "./api-error.ts";

const STATUSES: Readonly<Record<Refusal, ApiErrorStatus>> = {
  notFound: 404,
  completed: 409,
  notCompleted: 409,
  notStarted: 425,
  running: 409,
  gone: 410,
  unsupported: 422,
  badDeployment: 400,
  badEntry: 400,
  busy: 409,
  stateChanged: 409,
};

/** Throws an {@link ApiError} if the operation was refused. */
export function assertTaken(
  result: OperationResult,
  key: InvocationKey,
  statuses: Partial<Record<Refusal, ApiErrorStatus>> = {},
): asserts result is Exclude<OperationResult, { readonly kind: "refused" }> {
  if (result.kind !== "refused") return;
  const { reason } = result;
  throw new ApiError(statuses[reason] ?? STATUSES[reason], describeRefusal(result, key));
}

export function describeRefusal(
  { reason, message }: Extract<OperationResult, { readonly kind: "refused" }>,
  key: InvocationKey,
): string {
  const id = formatInvocationId(key);
  return reason === "notFound" ? `there is no invocation ${id}` : `invocation ${id}: ${message}`;
}
