/** Services and handlers as the admin API shows them. */
import type {
  HandlerManifest,
  ManifestOptions,
  OnMaxAttempts,
  ProtocolMode,
} from "@rejoin/protocol";
import type { HandlerView, ServiceView } from "../../registry/snapshot.ts";
import type { HandlerResource, ServiceResource } from "../schemas/service.ts";
import { formatDuration } from "../text-formats.ts";
import { describeInput, describeOutput } from "./content-description.ts";
import { defined } from "./defined.ts";

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
    retry_policy: {
      initial_interval: formatDuration(policy.initialIntervalMs),
      exponentiation_factor: policy.exponentiationFactor,
      max_attempts: policy.maxAttempts ?? null,
      max_interval: formatDuration(policy.maxIntervalMs),
      on_max_attempts: policy.onMaxAttempts === "pause" ? "Pause" : "Kill",
    },
    ...infoOn(manifest, view.protocolMode),
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
    ...ownOptions(manifest),
    public: view.public,
    input_description: describeInput(view.input),
    output_description: describeOutput(view.output),
    ...defined({
      input_json_schema: view.input.jsonSchema,
      output_json_schema: view.output.jsonSchema,
    }),
    retry_policy: ownRetryPolicy(manifest),
    ...infoOn(manifest, protocolMode),
  };
}

/** What its author should know. */
function infoOn(
  { inactivityTimeout }: ManifestOptions,
  protocolMode: ProtocolMode,
): Pick<ServiceResource, "info"> {
  if (protocolMode === "BIDI_STREAM" || inactivityTimeout === undefined) return {};
  const message =
    `the inactivity timeout of ${formatDuration(inactivityTimeout)} has no effect: ` +
    "the endpoint is in request-response mode";
  return { info: [{ code: "RT0021", message }] };
}

function ownOptions(manifest: HandlerManifest): Partial<HandlerResource> {
  return defined({
    idempotency_retention: duration(manifest.idempotencyRetention),
    journal_retention: duration(manifest.journalRetention),
    inactivity_timeout: duration(manifest.inactivityTimeout),
    abort_timeout: duration(manifest.abortTimeout),
    enable_lazy_state: manifest.enableLazyState,
  });
}

function ownRetryPolicy(manifest: HandlerManifest): HandlerResource["retry_policy"] {
  const { retryPolicyMaxAttempts, retryPolicyOnMaxAttempts: onMaxAttempts } = manifest;
  return {
    max_attempts: retryPolicyMaxAttempts === undefined ? null : Math.max(1, retryPolicyMaxAttempts),
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
