/** Which invocations are meant: a question's filter, and whether an invocation fits it. */
import type { Invocation } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";

/** As operators see it: `ready` waits for an attempt, `running` has one. */
export type ShownStatus =
  | "scheduled"
  | "pending"
  | "ready"
  | "running"
  | "backing-off"
  | "suspended"
  | "paused"
  | "completed";

export type InvokedBy = "ingress" | "service" | "restart_as_new";

/** Fits what fits everything that is given; of a list, one of its members. */
export interface InvocationFilter {
  readonly status?: readonly ShownStatus[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly handler?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly scope?: string | undefined;
  readonly deployment?: string | undefined;
  /** Invocation ids, as they are written. */
  readonly parent?: string | undefined;
  readonly root?: string | undefined;
  readonly invokedBy?: readonly InvokedBy[] | undefined;
  readonly completionResult?: "success" | "failure" | undefined;
  /** Part of the failure, in any case of letters. */
  readonly error?: string | undefined;
  /** The first components of the target. */
  readonly target?: string | undefined;
  /** How the id begins. */
  readonly id?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Inclusive. */
  readonly createdAfter?: number | undefined;
  /** Exclusive. */
  readonly createdBefore?: number | undefined;
  readonly modifiedAfter?: number | undefined;
  readonly modifiedBefore?: number | undefined;
}

export interface StatusContext {
  readonly nowMs: number;
  /** Whether an attempt is open for it. */
  readonly isInFlight: (key: InvocationKey) => boolean;
}

/** What its header and the invoker say together. */
export function shownStatus(invocation: Invocation, context: StatusContext): ShownStatus {
  const { status, nextRetryAt, waitingFor, key } = invocation;
  if (status === "inboxed") return "pending";
  if (status !== "invoked") return status;
  if (context.isInFlight(key)) return "running";
  if (waitingFor !== undefined) return "pending";
  return nextRetryAt > context.nowMs ? "backing-off" : "ready";
}

/** The failure that it ended with or, while it lives, its last one. */
export function failureOf({ status, output, lastFailure }: Invocation) {
  if (status !== "completed") return lastFailure;
  return output?.kind === "failure" ? output.failure : undefined;
}

export function invokedBy({ caller, restartedFrom }: Invocation): InvokedBy {
  if (restartedFrom !== undefined) return "restart_as_new";
  return caller.kind === "ingress" ? "ingress" : "service";
}

/** Whether it fits `filter`, apart from the status, which changes with the invoker. */
function fitsHeader(invocation: Invocation, filter: InvocationFilter): boolean {
  const { target, caller, createdAt, modifiedAt } = invocation;
  const { service, handler, key, scope } = filter;
  return (
    (service?.includes(target.service) ?? true) &&
    (handler?.includes(target.handler) ?? true) &&
    isOr(key, target.handlerKind === "service" ? undefined : target.key) &&
    (scope === undefined || scope === (target.scope ?? "")) &&
    isOr(filter.deployment, invocation.pin?.deploymentId) &&
    isOr(filter.idempotencyKey, invocation.idempotencyKey) &&
    (filter.invokedBy?.includes(invokedBy(invocation)) ?? true) &&
    (filter.parent === undefined ||
      (caller.kind === "invocation" && formatInvocationId(caller.key) === filter.parent)) &&
    (filter.root === undefined || formatInvocationId(invocation.root) === filter.root) &&
    (filter.id === undefined || formatInvocationId(invocation.key).startsWith(filter.id)) &&
    isWithin(createdAt, filter.createdAfter, filter.createdBefore) &&
    isWithin(modifiedAt, filter.modifiedAfter, filter.modifiedBefore) &&
    fitsOutcome(invocation, filter) &&
    fitsTarget(invocation, filter.target)
  );
}

function isOr(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function isWithin(at: number, after: number | undefined, before: number | undefined): boolean {
  return (after === undefined || at >= after) && (before === undefined || at < before);
}

function fitsOutcome(invocation: Invocation, { completionResult, error }: InvocationFilter) {
  const { status, output } = invocation;
  if (completionResult !== undefined && (status !== "completed" || output === undefined))
    return false;
  if (completionResult !== undefined && output?.kind !== completionResult) return false;
  if (error === undefined) return true;
  const failure = failureOf(invocation);
  if (failure === undefined) return false;
  return `[${failure.code}] ${failure.message}`.toLowerCase().includes(error.toLowerCase());
}

function fitsTarget({ target }: Invocation, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const { service, key, handler } = target;
  const text = key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
  return text === wanted || service === wanted || text.startsWith(`${wanted}/`);
}

export function fits(
  invocation: Invocation,
  filter: InvocationFilter,
  context: StatusContext,
): boolean {
  if (!fitsHeader(invocation, filter)) return false;
  return filter.status?.includes(shownStatus(invocation, context)) ?? true;
}
