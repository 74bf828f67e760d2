/** What the admin API asks about many invocations, about objects, and in SQL. */
import type { Instance, Invocation } from "@rejoin/engine";
import type { InvocationKey, StateEntry } from "@rejoin/protocol";
import type { ShownStatus } from "./schemas/invocation.ts";

export interface InvocationFilter {
  readonly status?: readonly ShownStatus[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly handler?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly scope?: string | undefined;
  readonly deployment?: string | undefined;
  readonly parent?: string | undefined;
  readonly root?: string | undefined;
  readonly invokedBy?: readonly ("ingress" | "service" | "restart_as_new")[] | undefined;
  readonly completionResult?: "success" | "failure" | undefined;
  readonly error?: string | undefined;
  readonly target?: string | undefined;
  readonly id?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly modifiedAfter?: number | undefined;
  readonly modifiedBefore?: number | undefined;
}

/** Where a page has ended; an id alone will do. */
export interface ListCursor {
  readonly createdAt: number | undefined;
  readonly id: string;
}

export interface InvocationQuery {
  readonly filter: InvocationFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly after: ListCursor | undefined;
  readonly total: boolean;
}

export interface InvocationPage {
  readonly invocations: readonly Invocation[];
  readonly next: ListCursor | undefined;
  /** How many fit, if that was asked for. */
  readonly total: number | undefined;
  /** Whether all invocations have been counted. */
  readonly isComplete: boolean;
}

export type GroupBy = "status" | "service" | "handler" | "failure" | "parent";

export interface SummaryQuestion {
  readonly kind: "summary";
  readonly filter: InvocationFilter;
  readonly groupBy: readonly GroupBy[];
  readonly limit: number;
}

export interface SummaryAnswer {
  readonly groups: readonly {
    readonly status?: ShownStatus;
    readonly service?: string;
    readonly handler?: string;
    readonly failure?: string;
    readonly failureCode?: number;
    readonly parent?: string;
    readonly count: number;
    readonly oldestCreatedAt: number;
    readonly oldestModifiedAt: number;
    readonly sampleIds: readonly string[];
  }[];
  readonly total: number;
  readonly isTruncated: boolean;
}

export interface ChildCursor {
  readonly createdAt: number;
  readonly callId: number;
  readonly id: string;
}

export interface ChildrenQuestion {
  readonly kind: "children";
  readonly parent: string;
  readonly status: readonly ShownStatus[] | undefined;
  readonly failed: boolean | undefined;
  readonly limit: number;
  readonly after: ChildCursor | undefined;
}

export interface ChildrenPage {
  readonly invocations: readonly Invocation[];
  readonly next: ChildCursor | undefined;
  readonly summary: {
    readonly total: number;
    readonly byStatus: Readonly<Record<string, number>>;
    readonly succeeded: number;
    readonly failed: number;
    readonly startedAt: number | undefined;
    readonly lastCompletedAt: number | undefined;
    readonly completedLast10s: number;
    readonly completedLast60s: number;
  };
  readonly failures: readonly {
    readonly message: string;
    readonly code: number;
    readonly count: number;
    readonly sampleIds: readonly string[];
  }[];
  readonly isComplete: boolean;
}

export interface OverviewAnswer {
  readonly counts: readonly {
    readonly service: string;
    readonly status: ShownStatus;
    readonly count: number;
  }[];
  readonly lastMinute: { readonly succeeded: number; readonly failed: number };
  readonly lastHour: readonly {
    readonly at: number;
    readonly started: number;
    readonly succeeded: number;
    readonly failed: number;
  }[];
  readonly stuck: readonly {
    readonly kind: "paused" | "backing-off" | "waiting-for-slot" | "locked-key" | "unknown-service";
    readonly service: string;
    readonly count: number;
    readonly why: string;
    readonly since: number;
    readonly sampleIds: readonly string[];
  }[];
}

/** With whether all invocations have been looked at. */
export interface Looked<Answer> {
  readonly answer: Answer;
  readonly isComplete: boolean;
}

export interface ObjectQuery {
  readonly service: string;
  readonly scope: string;
  readonly prefix: string;
  readonly limit: number;
  readonly after: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly {
    readonly instance: Instance;
    readonly stateKeys: number;
    readonly stateBytes: number;
    readonly isTruncated: boolean;
    readonly lockedBy: InvocationKey | undefined;
    readonly inboxLength: number;
  }[];
  readonly next: string | undefined;
}

export interface StateQuery {
  readonly instance: Instance;
  readonly name: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  readonly limit: number;
}

export interface ObjectState {
  readonly version: string | undefined;
  readonly entries: readonly StateEntry[];
  readonly next: Uint8Array | undefined;
}

export interface SqlQuestion {
  readonly kind: "sql";
  readonly statement: string;
  readonly format: "json" | "arrow";
}

/** The body of the answer, or why there is none. */
export type SqlResult =
  | {
      readonly kind: "answer";
      readonly body: Uint8Array<ArrayBuffer>;
      readonly isTruncated: boolean;
    }
  | {
      readonly kind: "refused";
      readonly why: "statement" | "busy" | "failed" | "absent" | "unavailable";
      readonly message: string;
    };

export interface IntrospectionPort {
  list(query: InvocationQuery): Promise<InvocationPage>;
  summarize(question: SummaryQuestion): Promise<Looked<SummaryAnswer>>;
  children(question: ChildrenQuestion): Promise<ChildrenPage>;
  overview(): Promise<Looked<OverviewAnswer>>;
  query(question: SqlQuestion): Promise<SqlResult>;
  listObjects(query: ObjectQuery): Promise<ObjectPage>;
  readState(query: StateQuery): Promise<ObjectState>;
  /** Whether an attempt is open for it. */
  isInFlight(key: InvocationKey): boolean;
}
