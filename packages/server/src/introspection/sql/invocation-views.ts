/** The tables of invocations, as views of the mirrored headers and the open attempts. */

import { HEADERS } from "../process/header-table.ts";
import { IN_FLIGHT, INVOKED_BY, statusSql } from "../process/where.ts";
import { SQL_TABLES } from "./tables.ts";

export interface ViewOptions {
  readonly nowMs: number;
  /** Whether the statement reads a column. */
  readonly wants: (column: string) => boolean;
  readonly workflows: readonly string[];
}

const instant = (column: string) => `make_timestamp_ms(${column}::BIGINT)::TIMESTAMPTZ`;
const duration = (column: string) => `to_milliseconds(${column}::BIGINT)`;
const target = (of: string) =>
  `${of}.service || '/' || coalesce(nullif(${of}.object_key, '') || '/', '') || ${of}.handler`;
const OF_CALLER: readonly string[] = ["invoked_by_service_name", "invoked_by_target"];

/** The statement that makes the view `name`, for one connection. */
export function createView(name: string, options: ViewOptions): string {
  const { wants } = options;
  const expressions = expressionsOf(name, options);
  const selected = (SQL_TABLES[name] ?? []).map(({ name: column, type }) => {
    const expression = expressions[column];
    const value = expression === undefined || !wants(column) ? "NULL" : expression;
    return `(${value})::${type} AS "${column}"`;
  });
  // Looking up the callers of all invocations costs more than everything else.
  const caller = OF_CALLER.some(wants) ? `LEFT JOIN ${HEADERS} c ON c.id = h.parent_id` : "";
  const where = name === "sys_invocation_state" ? "WHERE h.state IN ('invoked', 'paused')" : "";
  return `CREATE TEMP VIEW ${name} AS SELECT ${selected.join(", ")} FROM ${HEADERS} h
    LEFT JOIN ${IN_FLIGHT} f ON f.id = h.id ${caller} ${where}`;
}

function expressionsOf(name: string, options: ViewOptions): Readonly<Record<string, string>> {
  if (name === "sys_invocation_state") return volatile();
  if (name === "sys_invocation_status") return { ...persisted(options), status: "h.state" };
  const names = { prefix: "h.", isInFlight: "f.id IS NOT NULL" };
  const status = statusSql(String(options.nowMs), names);
  return { ...persisted(options), ...volatile(), status };
}

function persisted({ workflows }: ViewOptions): Readonly<Record<string, string>> {
  const names = workflows.map((name) => `'${name.replaceAll("'", "''")}'`).join(", ");
  const shared =
    names === ""
      ? "'virtual_object'"
      : `CASE WHEN h.service IN (${names})
    THEN 'workflow' ELSE 'virtual_object' END`;
  return {
    partition_key: "h.partition_key",
    id: "h.id",
    completion_result: "h.result",
    completion_failure: "'[' || h.failure_code || '] ' || h.failure_message",
    target: target("h"),
    target_service_name: "h.service",
    target_service_key: "h.object_key",
    target_handler_name: "h.handler",
    target_service_ty: `CASE h.handler_kind WHEN 'service' THEN 'service'
      WHEN 'workflow' THEN 'workflow' WHEN 'exclusive' THEN 'virtual_object' ELSE ${shared} END`,
    scope: "h.scope",
    limit_key: "h.limit_key",
    idempotency_key: "h.idempotency_key",
    invoked_by: INVOKED_BY.replaceAll(/\b(restarted_from|parent_id)\b/g, "h.$1"),
    invoked_by_id: "h.parent_id",
    invoked_by_service_name: "c.service",
    invoked_by_target: target("c"),
    restarted_from: "h.restarted_from",
    pinned_deployment_id: "h.deployment_id",
    pinned_service_protocol_version: "h.protocol_version",
    trace_id: "h.trace_id",
    journal_size: "h.journal_size",
    journal_commands_size: "h.command_count",
    created_at: instant("h.created_at"),
    modified_at: instant("h.modified_at"),
    inboxed_at: `CASE h.state WHEN 'inboxed' THEN ${instant("h.modified_at")} END`,
    scheduled_at: `CASE WHEN h.scheduled_for IS NOT NULL THEN ${instant("h.created_at")} END`,
    scheduled_start_at: instant("h.scheduled_for"),
    running_at: instant("f.started_at"),
    completed_at: instant("h.completed_at"),
    completion_retention: duration("h.completion_retention"),
    journal_retention: duration("h.journal_retention"),
    suspended_waiting_future_json: "h.awaiting",
  };
}

/** What is in the memory of the server, or as good as. */
function volatile(): Readonly<Record<string, string>> {
  const live = (value: string) => `CASE WHEN h.state IN ('invoked', 'paused') THEN ${value} END`;
  return {
    partition_key: "h.partition_key",
    id: "h.id",
    in_flight: "f.id IS NOT NULL",
    retry_count: live("h.retry_count + CASE WHEN f.id IS NULL THEN 0 ELSE 1 END"),
    last_start_at: instant("f.started_at"),
    next_retry_at: live(`CASE WHEN f.id IS NULL THEN ${instant("h.next_retry_at")} END`),
    last_attempt_deployment_id: live("coalesce(f.deployment, h.deployment_id)"),
    last_failure: live(
      "'[' || h.last_code_name || '] ' || h.last_message || coalesce(chr(10) || h.last_stacktrace, '')",
    ),
    last_failure_error_code: live("h.last_doc_code"),
    last_failure_related_entry_index: live("h.last_command_index"),
    last_failure_related_entry_name: live("h.last_command_name"),
    last_failure_related_entry_type: live("h.last_command_type"),
    last_failure_related_command_index: live("h.last_command_index"),
    last_failure_related_command_name: live("h.last_command_name"),
    last_failure_related_command_type: live("h.last_command_type"),
  };
}
