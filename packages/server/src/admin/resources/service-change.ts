/** From the body of a request that changes a service to what it changes. */
import type { ServiceChange } from "../../registry/change-service.ts";
import type { ServiceOverrides } from "../../registry/document.ts";
import type { ServiceChangeBody } from "../schemas/service.ts";
import { defined } from "./defined.ts";

const ON_MAX_ATTEMPTS = { Pause: "PAUSE", Kill: "KILL" } as const;

export function toServiceChange(body: ServiceChangeBody): ServiceChange {
  const limits = Object.entries(body.handlers ?? {}).flatMap(([name, { concurrency_limit }]) =>
    concurrency_limit === undefined ? [] : [[name, concurrency_limit] as const],
  );
  return {
    overrides: toOverrides(body),
    concurrency: body.concurrency_limit,
    handlers: new Map(limits),
  };
}

function toOverrides(body: ServiceChangeBody): ServiceOverrides {
  const { public: isPublic, retry_policy: policy } = body;
  const onMaxAttempts = policy?.on_max_attempts ?? undefined;
  return defined({
    ingressPrivate: typeof isPublic === "boolean" ? !isPublic : undefined,
    idempotencyRetention: body.idempotency_retention ?? undefined,
    workflowCompletionRetention: body.workflow_completion_retention ?? undefined,
    journalRetention: body.journal_retention ?? undefined,
    inactivityTimeout: body.inactivity_timeout ?? undefined,
    abortTimeout: body.abort_timeout ?? undefined,
    retryPolicyInitialInterval: policy?.initial_interval ?? undefined,
    retryPolicyExponentiationFactor: policy?.exponentiation_factor ?? undefined,
    retryPolicyMaxAttempts: policy?.max_attempts ?? undefined,
    retryPolicyMaxInterval: policy?.max_interval ?? undefined,
    retryPolicyOnMaxAttempts:
      onMaxAttempts === undefined ? undefined : ON_MAX_ATTEMPTS[onMaxAttempts],
  });
}
