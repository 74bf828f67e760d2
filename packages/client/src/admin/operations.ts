/** What operators ask for, as the admin API takes and answers it. */

/** `keep` the deployment, go to the `latest` of the service, or to one by its id. */
export type DeploymentChoice = "keep" | "latest" | (string & {});

/**
 * - `done`: it has taken effect
 * - `requested`: it will, when the invocation's code has done its part
 */
export type OperationOutcome = "done" | "requested";

export interface RestartOptions {
  /** The last entry of the old journal that the new invocation begins with; by default its input. */
  readonly from?: number;
  /** By default `latest`. */
  readonly deployment?: DeploymentChoice;
}

/** An operation that can be asked for on many invocations at once. */
export type BatchOperationName =
  | "kill"
  | "cancel"
  | "purge"
  | "purge-journal"
  | "pause"
  | "resume"
  | "restart-as-new";

export interface BatchFailure {
  readonly invocation_id: string;
  readonly error: string;
}

export interface RestartedPair {
  readonly old_invocation_id: string;
  readonly new_invocation_id: string;
}

/** What has come of each: ids, or pairs of them for `restart-as-new`. */
export interface BatchResult<T = string> {
  readonly succeeded: readonly T[];
  readonly failed: readonly BatchFailure[];
}

/** The whole new state of an object. */
export interface StateChange {
  readonly object_key: string;
  /** Values as arrays of bytes. */
  readonly new_state: Readonly<Record<string, readonly number[]>>;
  /** The fingerprint that the present state must have. */
  readonly version?: string;
  readonly scope?: string;
}
