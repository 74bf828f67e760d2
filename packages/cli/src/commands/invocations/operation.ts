/** An operation on any number of invocations: what it is, what it is for, what has come of it. */
import type {
  BatchFailure,
  BatchOperationName,
  InvocationResource,
  RestartedPair,
} from "@rejoin/client";
import type { FilterOptions } from "./filter-options.ts";

export interface Operation {
  readonly name: BatchOperationName;
  /** `cancel` 3 invocations? */
  readonly verb: string;
  /** 3 `cancelled`. */
  readonly done: string;
  /** Those that it can work on; for queries that do not name statuses. */
  readonly statuses: readonly string[];
  readonly deployment?: string | undefined;
}

/** What has come of it. */
export interface OperationResult {
  readonly succeeded: readonly string[];
  readonly restarted: readonly RestartedPair[];
  readonly failed: readonly BatchFailure[];
}

export interface Matches {
  readonly ids: readonly string[];
  /** What is known of them: not all, if ids were named. */
  readonly known: readonly InvocationResource[];
  /** There are more that fit. */
  readonly isCut: boolean;
}

export interface OperationOptions extends FilterOptions {
  readonly limit: number;
  readonly all?: boolean;
  readonly deployment?: string;
  readonly onDeployment?: string;
  readonly journalOnly?: boolean;
  readonly kill?: boolean;
  readonly from?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}
