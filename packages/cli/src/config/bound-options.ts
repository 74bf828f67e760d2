/** The options that bound what services may ask for, and that tell deployments apart. */
import { option } from "./config-option.ts";
import { attempts, duration, names, orUnlimited } from "./value-kinds.ts";

/** Options of `rejoin server`. */
export const BOUND_OPTIONS = {
  journalRetentionMax: option("max-journal-retention", orUnlimited(duration), "unlimited", {
    help: "no service keeps journals longer, whatever it asks for",
    from: ["RESTATE_MAX_JOURNAL_RETENTION"],
  }),
  idempotencyRetentionMax: option("max-idempotency-retention", orUnlimited(duration), "unlimited", {
    help: "and no results of calls with an idempotency key",
    from: ["RESTATE_MAX_IDEMPOTENCY_RETENTION"],
  }),
  workflowRetentionMax: option(
    "max-workflow-completion-retention",
    orUnlimited(duration),
    "unlimited",
    {
      help: "and no results and state of workflows",
      from: ["RESTATE_MAX_WORKFLOW_COMPLETION_RETENTION"],
    },
  ),
  retryAttemptsMax: option("max-retry-policy-max-attempts", attempts, "unlimited", {
    help: "no service has more attempts, whatever it asks for",
    from: ["RESTATE_MAX_RETRY_POLICY_MAX_ATTEMPTS"],
  }),
  routingHeaders: option("admin.deployment-routing-headers", names, [], {
    help: "deployments at one address that differ in one of these headers are not the same",
    from: ["RESTATE_ADMIN__DEPLOYMENT_ROUTING_HEADERS"],
  }),
} as const;
