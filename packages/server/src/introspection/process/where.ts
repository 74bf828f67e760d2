/** A filter as SQL over {@link SHOWN}. */
import { aliasOf } from "../../registry/deployment-id.ts";
import type { InvocationFilter } from "../mirror/filter.ts";
import { HEADERS } from "./header-table.ts";

/** Values of a statement, in the order of their numbers. */
export class Parameters {
  readonly values: (string | number)[] = [];

  /** How the statement names the value. */
  add(value: string | number): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The connection's table of open attempts: see {@link refreshInFlight}. */
export const IN_FLIGHT = "temp.main.in_flight";

const TARGET = `CASE WHEN object_key IS NULL OR object_key = '' THEN service || '/' || handler
  ELSE service || '/' || object_key || '/' || handler END`;

/** How the status is told where headers and open attempts have other names. */
export interface StatusNames {
  /** What the columns of the headers are named with, such as `h.`. */
  readonly prefix: string;
  /** Whether an attempt is open. */
  readonly isInFlight: string;
}

const PLAIN: StatusNames = { prefix: "", isInFlight: `id IN (SELECT id FROM ${IN_FLIGHT})` };

/** What operators see as the status; `nowMs` is a number, or names a value. */
export function statusSql(nowMs: string, { prefix, isInFlight }: StatusNames = PLAIN): string {
  return `CASE ${prefix}state
    WHEN 'inboxed' THEN 'pending'
    WHEN 'invoked' THEN CASE
      WHEN ${isInFlight} THEN 'running'
      WHEN ${prefix}waiting_for IS NOT NULL THEN 'pending'
      WHEN ${prefix}next_retry_at > ${nowMs} THEN 'backing-off'
      ELSE 'ready' END
    ELSE ${prefix}state END`;
}

/** The failure that it ended with or, while it lives, its last one. */
const FAILURE_MESSAGE = "CASE WHEN state = 'completed' THEN failure_message ELSE last_message END";
const FAILURE_CODE = "CASE WHEN state = 'completed' THEN failure_code ELSE last_code END";

/** The headers that fit `filter`, with `status`, `fault` and `fault_code`. */
export function selectFitting(
  filter: InvocationFilter,
  nowMs: number,
  parameters: Parameters,
): string {
  const status = statusSql(parameters.add(nowMs));
  const own = `SELECT *, ${status} AS status, ${FAILURE_MESSAGE} AS fault,
    ${FAILURE_CODE} AS fault_code FROM ${HEADERS}`;
  const conditions = conditionsOf(filter, parameters);
  return conditions.length === 0
    ? `(${own})`
    : `(SELECT * FROM (${own}) WHERE ${conditions.join(" AND ")})`;
}

function conditionsOf(filter: InvocationFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  const equals = (column: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`${column} = ${parameters.add(value)}`);
  };
  const within = (column: string, values: readonly string[] | undefined) => {
    if (values === undefined) return;
    const names = values.map((value) => parameters.add(value));
    conditions.push(names.length === 0 ? "false" : `${column} IN (${names.join(", ")})`);
  };
  const compares = (column: string, comparison: ">=" | "<", at: number | undefined) => {
    if (at !== undefined) conditions.push(`${column} ${comparison} ${parameters.add(at)}`);
  };
  within("status", filter.status);
  within("service", filter.service);
  within("handler", filter.handler);
  equals("object_key", filter.key);
  equals("coalesce(scope, '')", filter.scope);
  equals("deployment_id", filter.deployment === undefined ? undefined : aliasOf(filter.deployment));
  equals("parent_id", filter.parent);
  equals("coalesce(root_id, id)", filter.root);
  within(INVOKED_BY, filter.invokedBy);
  equals("result", filter.completionResult);
  equals("idempotency_key", filter.idempotencyKey);
  compares("created_at", ">=", filter.createdAfter);
  compares("created_at", "<", filter.createdBefore);
  compares("modified_at", ">=", filter.modifiedAfter);
  compares("modified_at", "<", filter.modifiedBefore);
  if (filter.id !== undefined) conditions.push(`starts_with(id, ${parameters.add(filter.id)})`);
  if (filter.error !== undefined) {
    const text = "'[' || fault_code || '] ' || fault";
    const wanted = parameters.add(filter.error.toLowerCase());
    conditions.push(`contains(lower(${text}), ${wanted})`);
  }
  if (filter.target !== undefined) conditions.push(targetIs(filter.target, parameters));
  return conditions;
}

export const INVOKED_BY = `CASE WHEN restarted_from IS NOT NULL THEN 'restart_as_new'
  WHEN parent_id IS NOT NULL THEN 'service' ELSE 'ingress' END`;

/** A target, or its first components; a key may hold slashes. */
function targetIs(target: string, parameters: Parameters): string {
  const whole = parameters.add(target);
  const [service = ""] = target.split("/");
  if (service === target) return `service = ${whole}`;
  const begins = parameters.add(`${target}/`);
  const own = parameters.add(service);
  return `service = ${own} AND (${TARGET} = ${whole} OR starts_with(${TARGET}, ${begins}))`;
}
