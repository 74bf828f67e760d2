/** The tables of SQL: their columns, in order, with their types. */

export type SqlType =
  | "VARCHAR"
  | "UBIGINT"
  | "UINTEGER"
  | "BOOLEAN"
  | "BLOB"
  | "TIMESTAMPTZ"
  | "INTERVAL"
  | "UINTEGER[]"
  | "VARCHAR[]";

export interface SqlColumn {
  readonly name: string;
  readonly type: SqlType;
}

const TYPES: Readonly<Record<string, SqlType>> = {
  s: "VARCHAR",
  u64: "UBIGINT",
  u32: "UINTEGER",
  b: "BOOLEAN",
  bin: "BLOB",
  ts: "TIMESTAMPTZ",
  d: "INTERVAL",
  u32s: "UINTEGER[]",
  ss: "VARCHAR[]",
};

/** Such as `id s, created_at ts`: names, each with its type. */
function columns(text: string): readonly SqlColumn[] {
  return text
    .trim()
    .split(/\s*,\s*/)
    .map((column) => {
      const [name = "", type = ""] = column.split(" ");
      return { name, type: TYPES[type] ?? "VARCHAR" };
    });
}

const TARGET = `target s, target_service_name s, target_service_key s, target_handler_name s,
  target_service_ty s`;

const PERSISTED = `scope s, limit_key s, idempotency_key s, invoked_by s, invoked_by_service_name s,
  invoked_by_id s, invoked_by_subscription_id s, invoked_by_target s, restarted_from s,
  pinned_deployment_id s, pinned_service_protocol_version u32, trace_id s, journal_size u32,
  journal_commands_size u32, created_at ts, created_using_restate_version s, modified_at ts,
  inboxed_at ts, scheduled_at ts, scheduled_start_at ts, running_at ts, completed_at ts,
  completion_retention d, journal_retention d, suspended_waiting_for_completions u32s,
  suspended_waiting_for_signals u32s, suspended_waiting_future_json s`;

const VOLATILE = `last_failure s, last_failure_error_code s, last_failure_related_entry_index u64,
  last_failure_related_entry_name s, last_failure_related_entry_type s,
  last_failure_related_command_index u64, last_failure_related_command_name s,
  last_failure_related_command_type s, last_awaiting_on_future_json s`;

const BLOCKS = ["lock", "limit_key_concurrency", "invoker_concurrency", "invoker_throttling"];
const MORE_BLOCKS = ["invoker_memory", "deployment_concurrency", "node_throttling"];
const blocked = (prefix: string, suffix: string) =>
  [...BLOCKS, ...MORE_BLOCKS].map((what) => `${prefix}${what}${suffix} d`).join(", ");

/** By their names. */
export const SQL_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  sys_invocation: columns(`id s, vqueue_id s, ${TARGET}, ${PERSISTED}, retry_count u64,
    last_start_at ts, next_retry_at ts, last_attempt_deployment_id s, last_attempt_server s,
    ${VOLATILE}, status s, completion_result s, completion_failure s`),
  sys_invocation_status: columns(`partition_key u64, id s, vqueue_id s, status s,
    completion_result s, completion_failure s, ${TARGET}, ${PERSISTED}`),
  sys_invocation_state: columns(`partition_key u64, id s, in_flight b, retry_count u64,
    last_start_at ts, last_attempt_deployment_id s, last_attempt_server s, next_retry_at ts,
    ${VOLATILE}`),
  sys_journal: columns(`partition_key u64, id s, index u32, entry_type s, name s, completed b,
    invoked_id s, invoked_target s, sleep_wakeup_at ts, promise_name s, raw bin, raw_length u64,
    version u32, entry_json s, entry_lite_json s, appended_at ts`),
  sys_journal_events: columns(`partition_key u64, id s, after_journal_entry_index u32,
    appended_at ts, event_type s, event_json s`),
  sys_inbox: columns(`partition_key u64, service_name s, service_key s, id s,
    sequence_number u64, created_at ts`),
  sys_keyed_service_status: columns(
    "partition_key u64, service_name s, service_key s, invocation_id s",
  ),
  sys_locks: columns("partition_key u64, scope s, lock_name s, acquired_at ts, acquired_by s"),
  state: columns(`partition_key u64, scope s, service_name s, service_key s, key s,
    key_length u64, value_utf8 s, value bin, value_length u64`),
  sys_promise: columns(`partition_key u64, scope s, service_name s, service_key s, key s,
    completed b, completion_success_value bin, completion_success_value_utf8 s,
    completion_failure s`),
  sys_service: columns("name s, revision u64, public b, ty s, deployment_id s"),
  sys_deployment: columns(`id s, ty s, endpoint s, created_at ts,
    min_service_protocol_version u32, max_service_protocol_version u32, services ss`),
  sys_rules: columns(
    "pattern s, concurrency u32, description s, disabled b, version u32, last_modified ts",
  ),
  sys_user_limits: columns(`partition_key u64, scope s, l1 s, l2 s, level s, usage u32,
    concurrency_limit u32, rule_pattern s, available u32, num_waiters u64`),
  sys_vqueues: columns(`partition_key u64, id s, stage s, status s, has_lock b, run_at ts,
    sequence_number u64, entry_id s, entry_kind s, created_at ts, transitioned_at ts,
    num_attempts u32, num_errors u32, num_pauses u32, num_suspensions u32, num_yields u32,
    first_attempt_at ts, latest_attempt_at ts, first_runnable_at ts, deployment s`),
  sys_vqueue_meta: columns(`partition_key u64, id s, is_active b, queue_is_paused b,
    service_name s, scope s, limit_key s, lock_name s, created_at ts, last_enqueued_at ts,
    last_start_at ts, last_attempt_at ts, last_finish_at ts, avg_queue_duration d,
    avg_inbox_duration d, avg_run_duration d, avg_suspension_duration d,
    avg_end_to_end_duration d, avg_blocked_on_concurrency_rules d,
    avg_blocked_on_invoker_concurrency d, avg_blocked_on_invoker_throttling d,
    avg_blocked_on_lock d, num_inbox u64, num_running u64, num_suspended u64, num_paused u64,
    num_finished u64`),
  sys_vqueue_entry_status: columns(`partition_key u64, entry_id s, vqueue_id s, stage s,
    status s, has_lock b, next_at ts, sequence_number u64, entry_kind s, created_at ts,
    transitioned_at ts, first_attempt_at ts, latest_attempt_at ts, first_runnable_at ts,
    num_attempts u32, num_errors u32, num_pauses u32, num_suspensions u32, num_yields u32,
    deployment s, needed_memory u64, retry_attempts u32,
    retry_count_since_last_stored_command u32, ${blocked("latest_attempt_blocked_on_", "")},
    ${blocked("total_blocked_on_", "")}`),
  sys_scheduler: columns(`partition_key u64, id s, num_inbox u64, status s, head_entry_id s,
    scheduled_at ts, blocked_on s, blocked_on_json s, ${blocked("", "_block_duration")}`),
};

/** Those whose rows the mirror holds. */
export const MIRRORED: ReadonlySet<string> = new Set([
  "sys_invocation",
  "sys_invocation_status",
  "sys_invocation_state",
]);
