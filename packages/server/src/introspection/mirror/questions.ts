/** Questions to the mirror of the invocations, and their answers. All ids are as they are written. */
import type { InvocationFilter, ShownStatus } from "./filter.ts";

export type GroupBy = "status" | "service" | "handler" | "failure" | "parent";

/** Where a page has ended. */
export interface ListCursor {
  /** `undefined` if only the id is known. */
  readonly createdAt: number | undefined;
  readonly id: string;
}

export interface ListQuestion {
  readonly kind: "list";
  readonly filter: InvocationFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly after: ListCursor | undefined;
  /** Whether to count all that fit. */
  readonly total: boolean;
}

export interface ListAnswer {
  readonly ids: readonly string[];
  readonly next: ListCursor | undefined;
  readonly total: number | undefined;
}

export interface SummaryQuestion {
  readonly kind: "summary";
  readonly filter: InvocationFilter;
  readonly groupBy: readonly GroupBy[];
  readonly limit: number;
}

export interface InvocationGroup {
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
}

export interface SummaryAnswer {
  readonly groups: readonly InvocationGroup[];
  readonly total: number;
  readonly isTruncated: boolean;
}

/** In the order of the calls. */
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

export interface ChildrenAnswer {
  readonly ids: readonly string[];
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
}

export interface OverviewQuestion {
  readonly kind: "overview";
}

export type StuckKind =
  | "paused"
  | "backing-off"
  | "waiting-for-slot"
  | "locked-key"
  | "unknown-service";

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
    readonly kind: StuckKind;
    readonly service: string;
    readonly count: number;
    readonly why: string;
    readonly since: number;
    readonly sampleIds: readonly string[];
  }[];
}

export interface SqlQuestion {
  readonly kind: "sql";
  readonly statement: string;
  readonly format: "json" | "arrow";
}

export interface SqlAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly isTruncated: boolean;
}

export interface Answers {
  readonly list: ListAnswer;
  readonly summary: SummaryAnswer;
  readonly children: ChildrenAnswer;
  readonly overview: OverviewAnswer;
  readonly sql: SqlAnswer;
}

export type Question =
  | ListQuestion
  | SummaryQuestion
  | ChildrenQuestion
  | OverviewQuestion
  | SqlQuestion;

/** After so long a place in a queue is worth a look. */
export const STUCK_AFTER_MS = 10_000;
export const SAMPLE_IDS = 5;
/** A failure is shown, and compared, by so much of its first line. */
export const FAILURE_CHARS = 300;
