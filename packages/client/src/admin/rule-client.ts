/** The part of the admin client that sets the rules of flow control. */
import { type Api, jsonRequest } from "./api.ts";
import type { RuleChange, RuleRemoval, RuleResource } from "./limits.ts";
import { SHAPES } from "./shape.ts";

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
    listRules: async () => {
      type Listed = { readonly rules: readonly RuleResource[] };
      return (await api.resource<Listed>("/limits/rules", SHAPES.rules)).rules;
    },
    putRules: (changes) =>
      api.change(jsonRequest("PUT", "/limits/rules", changes), SHAPES.changedRules),
    removeRules: (removals) =>
      api.change(jsonRequest("POST", "/limits/rules/bulk-delete", removals), SHAPES.removedRules),
  };
}
