/** Filters as SQL, over the tables of the ecosystem's servers. */
import type { InvocationFilter, OneOrMore } from "@rejoin/client";
import { CliError } from "../cli-error.ts";

/** The members of an invocation that are columns too, by the same names. */
export const COLUMNS = [
  "id",
  "status",
  "target",
  "target_service_name",
  "target_service_ty",
  "target_service_key",
  "target_handler_name",
  "scope",
  "limit_key",
  "idempotency_key",
  "invoked_by",
  "invoked_by_id",
  "restarted_from",
  "pinned_deployment_id",
  "pinned_service_protocol_version",
  "journal_size",
  "journal_commands_size",
  "created_at",
  "modified_at",
  "scheduled_start_at",
  "completed_at",
  "retry_count",
  "next_retry_at",
  "last_failure",
  "last_failure_error_code",
  "completion_result",
  "completion_failure",
] as const;

export interface ListStatement {
  readonly filter: InvocationFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
}

export function listStatement({ filter, order, limit }: ListStatement): string {
  const conditions = conditionsOf(filter);
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const direction = order === "newest" ? "DESC" : "ASC";
  return `SELECT ${COLUMNS.join(", ")} FROM sys_invocation${where} ORDER BY created_at ${direction} LIMIT ${limit}`;
}

export function invocationStatement(id: string): string {
  return `SELECT ${COLUMNS.join(", ")} FROM sys_invocation WHERE id = ${quote(id)}`;
}

export function journalStatement(id: string, limit: number): string {
  const columns = '"index", entry_type, name, appended_at, raw_length';
  return `SELECT ${columns} FROM sys_journal WHERE id = ${quote(id)} ORDER BY "index" LIMIT ${limit}`;
}

export function stateStatement(service: string, key: string): string {
  const where = `service_name = ${quote(service)} AND service_key = ${quote(key)}`;
  return `SELECT key, value FROM state WHERE ${where}`;
}

/** A text as SQL writes it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function conditionsOf(filter: InvocationFilter): readonly string[] {
  if (filter.root !== undefined) {
    throw new CliError("this server cannot list a call tree: it does not keep its top", {
      hint: "--parent lists what one invocation has called",
    });
  }
  const among = (column: string, values: OneOrMore | undefined) => {
    if (values === undefined) return [];
    const list = typeof values === "string" ? values.split(",") : values;
    return [`${column} IN (${list.map(quote).join(", ")})`];
  };
  const equal = (column: string, value: string | undefined) =>
    value === undefined ? [] : [`${column} = ${quote(value)}`];
  const at = (column: string, operator: ">=" | "<", value: string | number | undefined) =>
    value === undefined
      ? []
      : [`${column} ${operator} to_timestamp(${quote(new Date(value).toISOString())})`];
  return [
    ...among("status", filter.status),
    ...among("target_service_name", filter.service),
    ...among("target_handler_name", filter.handler),
    ...among("invoked_by", filter.invoked_by),
    ...equal("target_service_key", filter.key),
    ...equal("scope", filter.scope),
    ...equal("pinned_deployment_id", filter.deployment),
    ...equal("invoked_by_id", filter.parent),
    ...equal("completion_result", filter.completion_result),
    ...equal("idempotency_key", filter.idempotency_key),
    ...(filter.target === undefined ? [] : [targetCondition(filter.target)]),
    ...(filter.error === undefined ? [] : [errorCondition(filter.error)]),
    ...at("created_at", ">=", filter.created_after),
    ...at("created_at", "<", filter.created_before),
    ...at("modified_at", ">=", filter.modified_after),
    ...at("modified_at", "<", filter.modified_before),
  ];
}

/** By whole components: the second one is a key or a handler. */
function targetCondition(target: string): string {
  const [service = "", ...rest] = target.split("/");
  const isService = `target_service_name = ${quote(service)}`;
  const tail = rest.join("/");
  if (tail === "") return isService;
  const begins = `starts_with(target, ${quote(`${target}/`)})`;
  return `${isService} AND (target = ${quote(target)} OR ${begins})`;
}

function errorCondition(text: string): string {
  const part = quote(text.toLowerCase());
  const has = (column: string) => `strpos(lower(coalesce(${column}, '')), ${part}) > 0`;
  return `(${has("last_failure")} OR ${has("completion_failure")})`;
}
