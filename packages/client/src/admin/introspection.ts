/** What the admin API says of many invocations at once, and of the objects that services hold. */
import type {
  InvocationFilter,
  InvocationResource,
  InvocationStatusName,
  OneOrMore,
} from "./invocations.ts";

export type GroupBy = "status" | "service" | "handler" | "failure" | "parent";

export interface SummaryQuery extends InvocationFilter {
  /** By status unless said otherwise. */
  readonly group_by?: OneOrMore<GroupBy>;
  /** At most so many groups. */
  readonly limit?: number;
}

/** Invocations that are alike in what they were grouped by: only that is there. */
export interface InvocationGroup {
  readonly status?: InvocationStatusName;
  readonly service?: string;
  readonly handler?: string;
  /** The first line of the failure that they ended with or, while they live, of their last one. */
  readonly failure?: string;
  readonly failure_code?: number;
  /** The invocation that called them. */
  readonly parent?: string;
  readonly count: number;
  readonly oldest_created_at: string;
  readonly oldest_modified_at: string;
  /** Some of them. */
  readonly sample_ids: readonly string[];
}

export interface InvocationSummary {
  /** The largest first. */
  readonly groups: readonly InvocationGroup[];
  /** Of all groups. */
  readonly total: number;
  readonly as_of: string;
  /** Whether all invocations have been looked at. */
  readonly complete: boolean;
  /** There are more groups. */
  readonly groups_truncated?: boolean;
}

export interface ChildrenQuery {
  readonly status?: OneOrMore;
  /** Those that ended with a failure, or all others. */
  readonly failed?: boolean;
  readonly limit?: number;
  readonly after?: string;
}

/** What an invocation has called. */
export interface ChildrenPage {
  /** In the order of the calls. */
  readonly invocations: readonly InvocationResource[];
  readonly next?: string;
  readonly as_of: string;
  /** Of all of them, whatever the page holds. */
  readonly summary: {
    readonly total: number;
    readonly by_status: Readonly<Partial<Record<InvocationStatusName, number>>>;
    readonly succeeded: number;
    readonly failed: number;
    /** When the first was made. */
    readonly started_at?: string;
    readonly last_completed_at?: string;
    readonly completed_last_10s: number;
    readonly completed_last_60s: number;
  };
  /** What they ended with, the most frequent first. */
  readonly failures: readonly {
    readonly message: string;
    readonly code: number;
    readonly count: number;
    readonly sample_ids: readonly string[];
  }[];
  /** Whether all invocations have been looked at. */
  readonly complete: boolean;
}

export type StatusCounts = Readonly<Partial<Record<InvocationStatusName, number>>>;

/** Invocations that do not go on, and why. */
export interface StuckInvocations {
  readonly kind: "paused" | "backing-off" | "waiting-for-slot" | "locked-key" | "unknown-service";
  readonly service: string;
  readonly count: number;
  readonly why: string;
  /** Since when the first of them is as it is. */
  readonly since: string;
  readonly sample_ids: readonly string[];
}

export interface Overview {
  readonly as_of: string;
  /** Whether all invocations have been looked at. */
  readonly complete: boolean;
  readonly deployments: number;
  readonly invocations: {
    readonly total: number;
    readonly by_status: StatusCounts;
    readonly by_service: readonly {
      readonly service: string;
      readonly total: number;
      readonly by_status: StatusCounts;
    }[];
  };
  readonly completed: {
    readonly last_minute: { readonly succeeded: number; readonly failed: number };
    /** By the minute, the oldest first. */
    readonly last_hour: readonly {
      readonly at: string;
      readonly started: number;
      readonly succeeded: number;
      readonly failed: number;
    }[];
  };
  readonly stuck: readonly StuckInvocations[];
}

export interface ObjectQuery {
  /** How their keys begin. */
  readonly prefix?: string;
  readonly scope?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** A virtual object or workflow that has state, or is held, or waited for. */
export interface ObjectResource {
  readonly key: string;
  readonly scope?: string;
  readonly state_keys: number;
  readonly state_bytes: number;
  /** There is more state than was counted. */
  readonly state_truncated?: boolean;
  /** The invocation that has it to itself. */
  readonly locked_by?: string;
  /** How many wait for it. */
  readonly inbox_length: number;
}

export interface ObjectPage {
  readonly objects: readonly ObjectResource[];
  /** Where the list goes on; a page may be short, or empty, and there is more all the same. */
  readonly next?: string;
}

export interface StateQuery {
  readonly scope?: string;
  /** The one value of this name. */
  readonly state_key?: string;
  /** At most so many bytes of each value. */
  readonly value_bytes?: number;
  readonly limit?: number;
  readonly after?: string;
}

export interface StateValue {
  readonly key: string;
  /** Base64. */
  readonly value: string;
  /** If it is text. */
  readonly value_utf8?: string;
  /** If it is JSON: what it says. */
  readonly value_json?: unknown;
  /** In bytes. */
  readonly length: number;
  /** `value` is only its beginning. */
  readonly truncated?: boolean;
}

export interface ObjectState {
  /** What a change of this very state names; only where all of it was read. */
  readonly version?: string;
  readonly entries: readonly StateValue[];
  readonly next?: string;
}

/** The answer to an SQL statement. What is null in a row is absent. */
export interface QueryResult<Row = Readonly<Record<string, unknown>>> {
  readonly rows: readonly Row[];
  /** The statement has more rows than an answer may hold. */
  readonly truncated: boolean;
}
