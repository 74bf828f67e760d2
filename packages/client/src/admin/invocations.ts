/** Invocations as the admin API writes them; the names are those of the SQL tables. */

/**
 * - `scheduled`: waits for its time
 * - `pending`: waits for its object
 * - `ready`, `running`: waits for an attempt, has one; not every server tells the two apart
 * - `backing-off`: waits for its next attempt
 * - `suspended`: waits for a result
 * - `paused`: waits for an operator
 */
export type InvocationStatusName =
  | "scheduled"
  | "pending"
  | "ready"
  | "running"
  | "backing-off"
  | "suspended"
  | "paused"
  | "completed";

/** Several values with commas, or as a list. */
export type OneOrMore<T extends string = string> = T | readonly T[];

/** Which invocations are meant: those that fit everything that is given. */
export interface InvocationFilter {
  readonly status?: OneOrMore;
  readonly service?: OneOrMore;
  readonly handler?: OneOrMore;
  /** The key of their object or workflow. */
  readonly key?: string;
  readonly scope?: string;
  /** That they are pinned to. */
  readonly deployment?: string;
  /** The invocation that called them. */
  readonly parent?: string;
  /** The top of their call tree, which is one of them. */
  readonly root?: string;
  readonly invoked_by?: OneOrMore;
  readonly completion_result?: "success" | "failure";
  /** A part of the failure that they ended with or, while they live, of their last one. */
  readonly error?: string;
  /** `service`, `service/handler`, `object/key` or `object/key/handler`. */
  readonly target?: string;
  /** How their ids begin. */
  readonly id?: string;
  readonly idempotency_key?: string;
  /** ISO 8601 or milliseconds since the Unix epoch; the first is inclusive, the last is not. */
  readonly created_after?: string | number;
  readonly created_before?: string | number;
  readonly modified_after?: string | number;
  readonly modified_before?: string | number;
}

/** Which invocations to list, and how. */
export interface InvocationQuery extends InvocationFilter {
  /** By when they were made; the newest first unless said otherwise. */
  readonly order?: "newest" | "oldest";
  /** At most so many in the page. */
  readonly limit?: number;
  /** The `next` of an earlier page. */
  readonly after?: string;
  /** Whether to count all that fit. */
  readonly total?: boolean;
}

export interface InvocationPage {
  readonly invocations: readonly InvocationResource[];
  /** Where the list goes on; a page may be short, or empty, and there is more all the same. */
  readonly next?: string;
  /** How many fit on all pages together, if it was asked for. */
  readonly total?: number;
  /** Whether all invocations have been counted; comes with `total`. */
  readonly complete?: boolean;
}

export interface InvocationResource {
  readonly id: string;
  readonly status: InvocationStatusName;
  /** `service/handler` or `service/key/handler`. */
  readonly target: string;
  readonly target_service_name: string;
  readonly target_service_ty?: "service" | "virtual_object" | "workflow";
  readonly target_service_key?: string;
  readonly target_handler_name: string;
  readonly scope?: string;
  readonly limit_key?: string;
  readonly idempotency_key?: string;
  readonly invoked_by: string;
  readonly invoked_by_id?: string;
  /** The invocation that it repeats. */
  readonly restarted_from?: string;
  /** The top of its call tree. */
  readonly root_id?: string;
  readonly pinned_deployment_id?: string;
  readonly pinned_service_protocol_version?: number;
  readonly journal_size: number;
  readonly journal_commands_size: number;
  readonly created_at: string;
  readonly modified_at: string;
  readonly scheduled_start_at?: string;
  readonly completed_at?: string;
  /** Failed attempts. */
  readonly retry_count: number;
  readonly next_retry_at?: string;
  readonly last_failure?: string;
  readonly last_failure_error_code?: string;
  readonly completion_result?: "success" | "failure";
  readonly completion_failure?: string;
}

export interface EntryResult {
  readonly kind: "success" | "failure" | "void" | "invocation_id" | "state_keys";
  /** Bytes of a value. */
  readonly length?: number;
  readonly code?: number;
  readonly message?: string;
  readonly invocation_id?: string;
  readonly count?: number;
}

/** An entry of a journal, without payloads. */
export interface JournalEntryResource {
  readonly index: number;
  /** Such as `Command: Call` or `Notification: Sleep`. */
  readonly entry_type: string;
  readonly appended_at?: string;
  readonly length?: number;
  readonly name?: string;
  /** Of the completion that a command waits for, or that this is. */
  readonly completion_id?: number;
  readonly invocation_id_completion_id?: number;
  readonly target?: string;
  readonly idempotency_key?: string;
  readonly invoked_id?: string;
  readonly invoke_at?: string;
  readonly sleep_wakeup_at?: string;
  readonly state_key?: string;
  readonly promise_name?: string;
  readonly awakeable_id?: string;
  readonly signal_index?: number;
  readonly signal_name?: string;
  readonly value_length?: number;
  readonly result?: EntryResult;
}

/** Which part of the journal to show. */
export interface JournalRange {
  /** The index of the first entry. */
  readonly from?: number;
  readonly limit?: number;
}

export interface AwaitingIds {
  readonly count: number;
  /** Some of them. */
  readonly first: readonly number[];
}

/** What a suspended invocation waits for. */
export interface AwaitingResource {
  readonly combinator: string;
  readonly completions: AwaitingIds;
  readonly signals: AwaitingIds;
  readonly signal_names: readonly string[];
  readonly nested: readonly AwaitingResource[];
  readonly truncated?: boolean;
}

/** Something that happened beside the journal. */
export interface InvocationEventResource {
  readonly event_type: "TransientError" | "Paused";
  readonly appended_at: string;
  readonly after_journal_entry_index: number;
  /** The attempt that it ended, from 1. */
  readonly attempt: number;
  readonly error_code?: number;
  readonly error_message?: string;
  readonly error_stacktrace?: string;
  readonly restate_doc_error_code?: string;
  readonly related_command_index?: number;
  readonly related_command_name?: string;
  readonly related_command_type?: string;
}

export interface InvocationDetails extends InvocationResource {
  readonly last_failure_stacktrace?: string;
  readonly last_failure_related_command_index?: number;
  readonly last_failure_related_command_name?: string;
  readonly last_failure_related_command_type?: string;
  readonly completion_retention?: string;
  readonly journal_retention?: string;
  readonly input_length?: number;
  readonly output_length?: number;
  readonly children?: {
    readonly started: number;
    readonly succeeded: number;
    readonly failed: number;
  };
  readonly awaiting_on?: AwaitingResource;
  /** The first first. Of attempts that fail alike in a row, the first. */
  readonly events?: readonly InvocationEventResource[];
  readonly journal: readonly JournalEntryResource[];
  /** The index where the journal goes on. */
  readonly journal_next?: number;
  /** Why the journal ends here although there is more of it: its rows are damaged. */
  readonly journal_damage?: string;
}
