/** Invocations as the admin API shows them. */
import type { AttemptFailure, Invocation, Payload, Target } from "@rejoin/engine";
import {
  formatInvocationErrorCode,
  formatInvocationId,
  type InvocationKey,
} from "@rejoin/protocol";
import type { RegistrySnapshot } from "../../registry/snapshot.ts";
import type { InvocationDetail } from "../ports.ts";
import type {
  DetailedInvocationResource,
  InvocationResource,
  ShownStatus,
} from "../schemas/invocation.ts";
import { formatDuration, formatInstant } from "../text-formats.ts";
import { toAwaiting } from "./awaiting.ts";
import { defined } from "./defined.ts";
import { toEvent } from "./event.ts";
import { commandType, toJournalEntry } from "./journal-entry.ts";

/** What is needed besides the invocation itself. */
export interface InvocationView {
  readonly nowMs: number;
  readonly snapshot: RegistrySnapshot;
  /** Whether an attempt is open for it. */
  readonly isInFlight: (key: InvocationKey) => boolean;
  /** Gives the form in which deployment ids appear. */
  readonly writeId: (id: string) => string;
}

/** What its header and the invoker say together. */
export function shownStatus(
  invocation: Invocation,
  { nowMs, isInFlight }: Pick<InvocationView, "nowMs" | "isInFlight">,
): ShownStatus {
  const { status, nextRetryAt, waitingFor } = invocation;
  if (status === "inboxed") return "pending";
  if (status !== "invoked") return status;
  if (isInFlight(invocation.key)) return "running";
  if (waitingFor !== undefined) return "pending";
  return nextRetryAt > nowMs ? "backing-off" : "ready";
}

export function toInvocation(invocation: Invocation, view: InvocationView): InvocationResource {
  const { target, pin } = invocation;
  const status = shownStatus(invocation, view);
  return {
    id: formatInvocationId(invocation.key),
    status,
    target: formatTarget(target.service, target.key, target.handler),
    target_service_name: target.service,
    target_service_ty: serviceType(target, view.snapshot),
    target_handler_name: target.handler,
    ...toCaller(invocation),
    root_id: formatInvocationId(invocation.root),
    journal_size: invocation.journalLength,
    journal_commands_size: invocation.commandCount,
    created_at: formatInstant(invocation.createdAt),
    modified_at: formatInstant(invocation.modifiedAt),
    retry_count: invocation.retryCount,
    ...defined({
      target_service_key: target.handlerKind === "service" ? undefined : target.key,
      scope: target.scope || undefined,
      limit_key: invocation.limitKey || undefined,
      idempotency_key: invocation.idempotencyKey,
      pinned_deployment_id: pin === undefined ? undefined : view.writeId(pin.deploymentId),
      pinned_service_protocol_version: pin?.protocolVersion,
      scheduled_start_at: instant(invocation.scheduledFor),
      completed_at: instant(invocation.completedAt),
      next_retry_at: status === "backing-off" ? instant(invocation.nextRetryAt) : undefined,
    }),
    ...toLastFailure(invocation.lastFailure),
    ...toCompletion(invocation),
  };
}

/** With a page of its journal. */
export function toDetailedInvocation(
  { invocation, journal, awaiting, events }: InvocationDetail,
  view: InvocationView,
): DetailedInvocationResource {
  const { output, lastFailure } = invocation;
  const type = lastFailure?.relatedCommandType;
  return {
    ...toInvocation(invocation, view),
    ...defined({
      last_failure_stacktrace: lastFailure?.stacktrace || undefined,
      last_failure_related_command_index: lastFailure?.relatedCommandIndex,
      last_failure_related_command_name: lastFailure?.relatedCommandName,
      last_failure_related_command_type: type === undefined ? undefined : commandType(type),
    }),
    completion_retention: formatDuration(invocation.completionRetentionMs),
    journal_retention: formatDuration(invocation.journalRetentionMs),
    input_length: lengthOf(invocation.input),
    children: {
      started: invocation.childrenStarted,
      succeeded: invocation.childrenSucceeded,
      failed: invocation.childrenFailed,
    },
    ...defined({
      output_length: output?.kind === "success" ? lengthOf(output.value) : undefined,
      awaiting_on: awaiting === undefined ? undefined : toAwaiting(awaiting),
      journal_next: journal.next,
      journal_damage: journal.damage,
    }),
    events: events.map(toEvent),
    journal: journal.items.map(toJournalEntry),
  };
}

/** `Svc/handler` or `Obj/key/handler`. */
export function formatTarget(service: string, key: string | undefined, handler: string): string {
  return key === undefined || key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
}

function serviceType(
  { service, handlerKind }: Target,
  snapshot: RegistrySnapshot,
): InvocationResource["target_service_ty"] {
  if (handlerKind === "service" || handlerKind === "workflow") return handlerKind;
  if (handlerKind === "exclusive") return "virtual_object";
  return snapshot.latest(service)?.kind === "workflow" ? "workflow" : "virtual_object";
}

function toCaller({
  caller,
  restartedFrom,
}: Invocation): Pick<InvocationResource, "invoked_by" | "invoked_by_id" | "restarted_from"> {
  if (restartedFrom !== undefined) {
    return { invoked_by: "restart_as_new", restarted_from: formatInvocationId(restartedFrom) };
  }
  if (caller.kind === "ingress") return { invoked_by: "ingress" };
  return { invoked_by: "service", invoked_by_id: formatInvocationId(caller.key) };
}

function toLastFailure(failure: AttemptFailure | undefined): Partial<InvocationResource> {
  if (failure === undefined) return {};
  return {
    last_failure: `[${formatInvocationErrorCode(failure.code)}] ${failure.message}`,
    ...defined({ last_failure_error_code: failure.docCode || undefined }),
  };
}

function toCompletion({ status, output }: Invocation): Partial<InvocationResource> {
  if (status !== "completed" || output === undefined) return {};
  if (output.kind === "success") return { completion_result: "success" };
  const { code, message } = output.failure;
  return { completion_result: "failure", completion_failure: `[${code}] ${message}` };
}

function instant(instantMs: number): string | undefined {
  return instantMs === 0 ? undefined : formatInstant(instantMs);
}

function lengthOf(payload: Payload): number {
  return payload.kind === "inline" ? payload.bytes.length : payload.length;
}
