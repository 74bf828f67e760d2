/** Invocations in a form that tests can look at. */
import type { Invocation } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";

/**
 * - `scheduled`: waits for its time
 * - `pending`: waits for its object
 * - `running`: has an attempt
 * - `backing-off`: waits for its next attempt
 * - `suspended`: waits for a result
 * - `paused`: waits for an operator
 */
export type InvocationStatus =
  | "scheduled"
  | "pending"
  | "running"
  | "backing-off"
  | "suspended"
  | "paused"
  | "completed";

/** What is known of an invocation. */
export interface InvocationView {
  readonly id: string;
  readonly status: InvocationStatus;
  /** `service/handler` or `service/key/handler`. */
  readonly target: string;
  readonly service: string;
  readonly handler: string;
  /** Of an object or workflow. */
  readonly key: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The invocation that has called it, if one has. */
  readonly calledBy: string | undefined;
  /** How many entries its journal has. */
  readonly journalLength: number;
  /** Failed attempts since it was last invoked or resumed. */
  readonly retryCount: number;
  readonly lastFailure: string | undefined;
  /** Why it has failed in the end. */
  readonly failure: { readonly code: number; readonly message: string } | undefined;
  readonly createdAt: Date;
  readonly completedAt: Date | undefined;
}

/** Which invocations to list; all of what is given must fit. */
export interface InvocationFilter {
  readonly service?: string;
  readonly handler?: string;
  readonly key?: string;
  readonly status?: InvocationStatus | readonly InvocationStatus[];
}

export function toInvocationView(invocation: Invocation, now: number): InvocationView {
  const { target, output, caller, completedAt } = invocation;
  const failed = invocation.status === "completed" && output?.kind === "failure";
  return {
    id: formatInvocationId(invocation.key),
    status: statusOf(invocation, now),
    target: targetText(target),
    service: target.service,
    handler: target.handler,
    key: target.handlerKind === "service" ? undefined : target.key,
    idempotencyKey: invocation.idempotencyKey,
    calledBy: caller.kind === "ingress" ? undefined : formatInvocationId(caller.key),
    journalLength: invocation.journalLength,
    retryCount: invocation.retryCount,
    lastFailure: invocation.lastFailure?.message,
    failure: failed ? { code: output.failure.code, message: output.failure.message } : undefined,
    createdAt: new Date(invocation.createdAt),
    completedAt: completedAt === 0 ? undefined : new Date(completedAt),
  };
}

export function fits(view: InvocationView, filter: InvocationFilter): boolean {
  const { service, handler, key, status } = filter;
  if (service !== undefined && view.service !== service) return false;
  if (handler !== undefined && view.handler !== handler) return false;
  if (key !== undefined && view.key !== key) return false;
  return status === undefined || [status].flat().includes(view.status);
}

export function targetText({
  service,
  key,
  handler,
}: {
  readonly service: string;
  readonly key: string;
  readonly handler: string;
}): string {
  return key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
}

function statusOf(invocation: Invocation, now: number): InvocationStatus {
  const { status, waitingFor, nextRetryAt } = invocation;
  if (status === "inboxed" || waitingFor !== undefined) return "pending";
  if (status !== "invoked") return status;
  return nextRetryAt > now ? "backing-off" : "running";
}
