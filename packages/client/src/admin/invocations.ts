/** Invocations as the admin API writes them; the names are those of the SQL tables. */

export type InvocationStatusName =
  | "pending"
  | "scheduled"
  | "ready"
  | "running"
  | "backing-off"
  | "suspended"
  | "paused"
  | "completed";

/** Which invocations to list. */
export interface InvocationFilter {
  readonly status?: string;
  readonly service?: string;
  readonly limit?: number;
}

export interface InvocationResource {
  readonly id: string;
  /** `service/handler` or `service/key/handler`. */
  readonly target: string;
  readonly target_service_name: string;
  readonly target_handler_name: string;
  readonly target_service_key?: string | null;
  readonly status: InvocationStatusName;
  readonly created_at: string;
  readonly modified_at?: string | null;
}

export interface JournalEntryResource {
  readonly index: number;
  readonly entry_type: string;
  readonly name?: string | null;
}

export interface InvocationDetails extends InvocationResource {
  readonly journal: readonly JournalEntryResource[];
}
