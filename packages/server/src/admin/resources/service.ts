/** Services and handlers as the admin API shows them. */
import type { OnMaxAttempts, ProtocolMode } from "@rejoin/protocol";
import type { HandlerView, ServiceView } from "../../registry/snapshot.ts";
import type { HandlerResource, ServiceResource } from "../schemas/service.ts";
import { formatDuration } from "../text-formats.ts";
import { describeInput, describeOutput } from "./content-description.ts";
import { defined } from "./defined.ts";
import { infoOn } from "./service-info.ts";

const SERVICE_TYPES = {
  service: "Service",
  virtualObject: "VirtualObject",
  workflow: "Workflow",
} as const;
const HANDLER_TYPES = {
  service: undefined,
  exclusive: "Exclusive",
  shared: "Shared",
  workflow: "Workflow",
} as const;
const ON_MAX_ATTEMPTS = { PAUSE: "Pause", KILL: "Kill" } as const satisfies Record<
  OnMaxAttempts,
  string
>;

/** `writeId` gives the form in which deployment ids appear. */
export function toService(view: ServiceView, writeId: (id: string) => string): ServiceResource {
  const { manifest, settings } = view;
  const policy = settings.retryPolicy;
  const isIdleTimed = view.protocolMode === "BIDI_STREAM";
  return {
    name: view.name,
    ty: SERVICE_TYPES[view.kind],
    handlers: [...view.handlers.values()].map((handler) => toHandler(handler, view.protocolMode)),
    ...defined({ documentation: manifest.documentation, metadata: manifest.metadata }),
    deployment_id: writeId(view.deploymentId),
    revision: view.revision,
    public: settings.public,
    idempotency_retention: formatDuration(settings.idempotencyRetentionMs),
    ...(view.kind === "workflow"
      ? { workflow_completion_retention: formatDuration(settings.workflowRetentionMs) }
      : {}),
    journal_retention: formatDuration(settings.journalRetentionMs),
    inactivity_timeout: formatDuration(isIdleTimed ? settings.inactivityTimeoutMs : 0),
    abort_timeout: formatDuration(settings.abortTimeoutMs),
    enable_lazy_state: settings.enableLazyState,
    ...defined({ concurrency_limit: view.concurrencyLimit }),
    retry_policy: {
      initial_interval: formatDuration(policy.initialIntervalMs),
      exponentiation_factor: policy.exponentiationFactor,
      max_attempts: policy.maxAttempts ?? null,
      max_interval: formatDuration(policy.maxIntervalMs),
      on_max_attempts: policy.onMaxAttempts === "pause" ? "Pause" : "Kill",
    },
    ...infoOn(manifest, settings, view.protocolMode),
  };
}

/** Of the options, only those that the handler sets itself. */
export function toHandler(view: HandlerView, protocolMode: ProtocolMode): HandlerResource {
  const { manifest } = view;
  return {
    name: view.name,
    ...defined({
      ty: HANDLER_TYPES[view.kind],
      documentation: manifest.documentation,
      metadata: manifest.metadata,
    }),
    ...ownOptions(view),
    public: view.public,
    input_description: describeInput(view.input),
    output_description: describeOutput(view.output),
    ...defined({
      input_json_schema: view.input.jsonSchema,
      output_json_schema: view.output.jsonSchema,
    }),
    ...defined({ concurrency_limit: view.concurrencyLimit }),
    retry_policy: ownRetryPolicy(view),
    ...infoOn(manifest, view, protocolMode),
  };
}

function ownOptions({ manifest, ...settings }: HandlerView): Partial<HandlerResource> {
  const isOwn = (option: unknown, effectiveMs: number) =>
    option === undefined ? undefined : formatDuration(effectiveMs);
  return defined({
    idempotency_retention: isOwn(manifest.idempotencyRetention, settings.idempotencyRetentionMs),
    journal_retention: isOwn(manifest.journalRetention, settings.journalRetentionMs),
    inactivity_timeout: isOwn(manifest.inactivityTimeout, settings.inactivityTimeoutMs),
    abort_timeout: isOwn(manifest.abortTimeout, settings.abortTimeoutMs),
    enable_lazy_state: manifest.enableLazyState,
  });
}

function ownRetryPolicy({ manifest, retryPolicy }: HandlerView): HandlerResource["retry_policy"] {
  const { retryPolicyMaxAttempts, retryPolicyOnMaxAttempts: onMaxAttempts } = manifest;
  return {
    max_attempts: retryPolicyMaxAttempts === undefined ? null : (retryPolicy.maxAttempts ?? null),
    ...defined({
      initial_interval: duration(manifest.retryPolicyInitialInterval),
      exponentiation_factor: manifest.retryPolicyExponentiationFactor,
      max_interval: duration(manifest.retryPolicyMaxInterval),
      on_max_attempts: onMaxAttempts === undefined ? undefined : ON_MAX_ATTEMPTS[onMaxAttempts],
    }),
  };
}

function duration(durationMs: number | undefined): string | undefined {
  return durationMs === undefined ? undefined : formatDuration(durationMs);
}
