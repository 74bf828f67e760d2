/** The part of the admin client that sets the rules of flow control. */
import { type Api, jsonRequest } from "./api.ts";
import type { RuleChange, RuleRemoval, RuleResource } from "./limits.ts";

/** Every method rejects with a `ClientError`. */
export interface RuleClient {
  listRules(): Promise<readonly RuleResource[]>;
  /** All of the changes or none; gives the rules of their patterns as they are then. */
  putRules(changes: readonly RuleChange[]): Promise<readonly RuleResource[]>;
  /** All of the removals or none; gives the patterns that had a rule. */
  removeRules(removals: readonly RuleRemoval[]): Promise<readonly string[]>;
}

export function ruleMethods(api: Api): RuleClient {
  return {
    listRules: () => api.list("/limits/rules", "rules"),
    putRules: (changes) => api.array(jsonRequest("PUT", "/limits/rules", changes)),
    removeRules: (removals) =>
      api.array(jsonRequest("POST", "/limits/rules/bulk-delete", removals)),
  };
}
