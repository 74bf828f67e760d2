/** The rules of flow control as the admin API writes them. */

export interface RuleLimits {
  /** Invocations that may run at a time; without it there is no limit. */
  readonly concurrency?: number;
}

export interface RuleResource {
  /** `scope`, `scope/level 1` or `scope/level 1/level 2`; each exact or `*`. */
  readonly pattern: string;
  readonly limits: RuleLimits;
  readonly description?: string;
  /** Kept, and without an effect. */
  readonly disabled: boolean;
  readonly version: number;
  readonly last_modified_millis_since_epoch: number;
}

/** What must hold for a change to be made. */
export type RulePrecondition =
  | { readonly type: "none" }
  | { readonly type: "matches"; readonly version: number }
  | { readonly type: "does_not_exist" };

/** A rule to create, or to replace as a whole. */
export interface RuleChange {
  readonly pattern: string;
  readonly limits?: RuleLimits;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly precondition?: RulePrecondition;
}

export interface RuleRemoval {
  readonly pattern: string;
  /** The version that the rule must have. */
  readonly expected_version?: number;
}
