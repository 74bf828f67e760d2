/** The columns of the mirrored headers: one row for each invocation, as it was last committed. */
import { decodeAwaitTree, type Invocation } from "@rejoin/engine";
import {
  formatInvocationErrorCode,
  formatInvocationId,
  type InvocationKey,
  partitionKeyOf,
  traceIdOf,
} from "@rejoin/protocol";
import { aliasOf } from "../../registry/deployment-id.ts";
import { commandName } from "../entry/entry-names.ts";
import { toFutureJson } from "../entry/future-json.ts";
import type { Cell, ColumnType } from "./chunk-writer.ts";

export interface HeaderColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly read: (invocation: Invocation) => Cell;
}

function text(name: string, read: (inv: Invocation) => string | undefined): HeaderColumn {
  return { name, type: "VARCHAR", read: (invocation) => read(invocation) ?? null };
}

function count(name: string, read: (inv: Invocation) => number | undefined): HeaderColumn {
  return { name, type: "UINTEGER", read: (invocation) => read(invocation) ?? null };
}

/** Milliseconds: numbers are exact up to 2^53, and need no conversion to be stored. */
function milliseconds(name: string, read: (inv: Invocation) => number): HeaderColumn {
  return { name, type: "DOUBLE", read };
}

/** Of a moment that has not come: null. */
function instant(name: string, read: (inv: Invocation) => number): HeaderColumn {
  return { name, type: "DOUBLE", read: (invocation) => read(invocation) || null };
}

const failed = (invocation: Invocation) =>
  invocation.output?.kind === "failure" ? invocation.output.failure : undefined;

const called = ({ caller }: Invocation) => (caller.kind === "invocation" ? caller : undefined);

/** The columns in their order. */
export function createHeaderColumns(): readonly HeaderColumn[] {
  const alias = createAlias();
  return [
    text("id", ({ key }) => formatInvocationId(key)),
    { name: "partition_key", type: "UBIGINT", read: ({ key }) => partitionKey(key) },
    text("state", ({ status }) => status),
    text("service", ({ target }) => target.service),
    text("handler", ({ target }) => target.handler),
    text("object_key", ({ target }) => (target.handlerKind === "service" ? undefined : target.key)),
    text("handler_kind", ({ target }) => target.handlerKind),
    text("scope", ({ target }) => target.scope || undefined),
    text("limit_key", ({ limitKey }) => limitKey || undefined),
    text("idempotency_key", ({ idempotencyKey }) => idempotencyKey),
    text("parent_id", (inv) => idOf(called(inv)?.key)),
    count("call_id", (inv) => called(inv)?.completionId),
    text("root_id", ({ root, key }) => (root === key ? undefined : idOf(root))),
    text("restarted_from", ({ restartedFrom }) => idOf(restartedFrom)),
    text("deployment_id", ({ pin }) => (pin === undefined ? undefined : alias(pin.deploymentId))),
    count("protocol_version", ({ pin }) => pin?.protocolVersion),
    text("trace_id", ({ headers }) => traceIdOf(headers)),
    count("journal_size", ({ journalLength }) => journalLength),
    count("command_count", ({ commandCount }) => commandCount),
    milliseconds("created_at", ({ createdAt }) => createdAt),
    milliseconds("modified_at", ({ modifiedAt }) => modifiedAt),
    instant("scheduled_for", ({ scheduledFor }) => scheduledFor),
    instant("completed_at", ({ completedAt }) => completedAt),
    milliseconds("completion_retention", ({ completionRetentionMs }) => completionRetentionMs),
    milliseconds("journal_retention", ({ journalRetentionMs }) => journalRetentionMs),
    count("starts", ({ starts }) => starts),
    count("retry_count", ({ retryCount }) => retryCount),
    instant("next_retry_at", ({ nextRetryAt }) => nextRetryAt),
    text("waiting_for", ({ waitingFor }) => waitingFor?.limiter),
    text("awaiting", ({ status, awaiting }) =>
      status === "suspended" && awaiting !== undefined ? futureOf(awaiting) : undefined,
    ),
    count("last_code", ({ lastFailure }) => lastFailure?.code),
    text("last_code_name", ({ lastFailure }) =>
      lastFailure === undefined ? undefined : formatInvocationErrorCode(lastFailure.code),
    ),
    text("last_message", ({ lastFailure }) => lastFailure?.message),
    text("last_stacktrace", ({ lastFailure }) => lastFailure?.stacktrace || undefined),
    text("last_doc_code", ({ lastFailure }) => lastFailure?.docCode || undefined),
    count("last_command_index", ({ lastFailure }) => lastFailure?.relatedCommandIndex),
    text("last_command_name", ({ lastFailure }) => lastFailure?.relatedCommandName),
    text("last_command_type", ({ lastFailure }) =>
      lastFailure?.relatedCommandType === undefined
        ? undefined
        : commandName(lastFailure.relatedCommandType),
    ),
    text("result", ({ status, output }) => (status === "completed" ? output?.kind : undefined)),
    count("failure_code", (inv) => (inv.status === "completed" ? failed(inv)?.code : undefined)),
    text("failure_message", (inv) =>
      inv.status === "completed" ? failed(inv)?.message : undefined,
    ),
  ];
}

/** Neighbours are mostly of the same deployment. */
function createAlias(): (id: string) => string {
  let last = { id: "", alias: "" };
  return (id) => {
    if (last.id !== id) last = { id, alias: aliasOf(id) };
    return last.alias;
  };
}

function idOf(key: InvocationKey | undefined): string | undefined {
  return key === undefined ? undefined : formatInvocationId(key);
}

function partitionKey(key: InvocationKey): bigint {
  const { high, low } = partitionKeyOf(key);
  return (BigInt(high) << 32n) | BigInt(low);
}

function futureOf(stored: Uint8Array): string {
  return JSON.stringify(toFutureJson(decodeAwaitTree(stored)));
}
