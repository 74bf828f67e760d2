/** An immutable view of the registry, with every option resolved. */
import {
  DEFAULT_SETTINGS,
  type HandlerKind,
  type HandlerSettings,
  type Registry,
  type RetryPolicy,
  type ServiceKind,
  type ServiceRevision,
} from "@rejoin/engine";
import {
  DEFAULT_INPUT,
  DEFAULT_OUTPUT,
  type HandlerManifest,
  handlerTypeOf,
  type InputManifest,
  type ManifestOptions,
  type OutputManifest,
  type ProtocolMode,
  type ServiceManifest,
  type ServiceType,
} from "@rejoin/protocol";
import type { DeploymentRecord, RegistryDocument } from "./document.ts";

/** What a service and its handlers may set. */
export type Settings = Omit<HandlerSettings, "name" | "kind">;

export interface HandlerView extends HandlerSettings {
  readonly input: InputManifest;
  readonly output: OutputManifest;
  /** As the endpoint describes it. */
  readonly manifest: HandlerManifest;
}

export interface ServiceView extends ServiceRevision {
  readonly handlers: ReadonlyMap<string, HandlerView>;
  /** Whether streams to its deployment flow both ways at once. */
  readonly protocolMode: ProtocolMode;
  /** What holds for its handlers where they say nothing themselves. */
  readonly settings: Settings;
  /** As the endpoint describes it. */
  readonly manifest: ServiceManifest;
}

export interface RegistrySnapshot extends Registry {
  latest(service: string): ServiceView | undefined;
  revisionAt(service: string, deploymentId: string): ServiceView | undefined;
  deployment(id: string): DeploymentRecord | undefined;
  /** The newest revision of each service. */
  readonly services: readonly ServiceView[];
  /** In the order of their ids' creation or last change. */
  readonly deployments: readonly DeploymentRecord[];
}

/** What holds where neither handler nor service says anything. */
export type ServerDefaults = Pick<
  HandlerSettings,
  | "idempotencyRetentionMs"
  | "workflowRetentionMs"
  | "journalRetentionMs"
  | "inactivityTimeoutMs"
  | "abortTimeoutMs"
  | "retryPolicy"
>;

export const SERVER_DEFAULTS: ServerDefaults = DEFAULT_SETTINGS;

export function createSnapshot(
  document: RegistryDocument,
  version: number,
  defaults: ServerDefaults,
): RegistrySnapshot {
  const deployments = new Map(document.deployments.map((record) => [record.id, record]));
  const latest = new Map<string, ServiceView>();
  const byDeployment = new Map<string, ServiceView>();
  for (const deployment of document.deployments) {
    for (const { manifest, revision } of deployment.services) {
      const view = serviceView(manifest, revision, deployment, defaults);
      byDeployment.set(`${deployment.id} ${view.name}`, view);
      const known = latest.get(view.name);
      if (known === undefined || known.revision < revision) latest.set(view.name, view);
    }
  }
  return {
    version,
    services: [...latest.values()],
    deployments: document.deployments,
    latest: (service) => latest.get(service),
    revisionAt: (service, id) => byDeployment.get(`${id} ${service}`),
    deployment: (id) => deployments.get(id),
  };
}

const SERVICE_KINDS: Readonly<Record<ServiceType, ServiceKind>> = {
  SERVICE: "service",
  VIRTUAL_OBJECT: "virtualObject",
  WORKFLOW: "workflow",
};

function serviceView(
  manifest: ServiceManifest,
  revision: number,
  { id: deploymentId, address }: DeploymentRecord,
  defaults: ServerDefaults,
): ServiceView {
  const handlers = new Map<string, HandlerView>();
  for (const handler of manifest.handlers) {
    handlers.set(handler.name, handlerView(manifest, handler, defaults));
  }
  const runs = manifest.handlers.find((handler) => handler.ty === "WORKFLOW");
  const workflowCompletionRetention = runs?.workflowCompletionRetention;
  const own = workflowCompletionRetention === undefined ? {} : { workflowCompletionRetention };
  const settings = resolveSettings(manifest, own, defaults);
  return {
    name: manifest.name,
    kind: SERVICE_KINDS[manifest.ty],
    revision,
    deploymentId,
    protocolMode: address.kind === "http" ? address.protocolMode : "BIDI_STREAM",
    handlers,
    settings,
    manifest,
  };
}

function handlerView(
  service: ServiceManifest,
  handler: HandlerManifest,
  defaults: ServerDefaults,
): HandlerView {
  return {
    ...resolveSettings(service, handler, defaults),
    name: handler.name,
    kind: handlerKind(service, handler),
    input: handler.input ?? DEFAULT_INPUT,
    output: handler.output ?? DEFAULT_OUTPUT,
    manifest: handler,
  };
}

/** Handler before service before server. */
function resolveSettings(
  service: ServiceManifest,
  handler: Omit<HandlerManifest, "name">,
  defaults: ServerDefaults,
): Settings {
  const option = <K extends keyof ManifestOptions>(name: K) => handler[name] ?? service[name];
  return {
    public: option("ingressPrivate") !== true,
    idempotencyRetentionMs: option("idempotencyRetention") ?? defaults.idempotencyRetentionMs,
    workflowRetentionMs: handler.workflowCompletionRetention ?? defaults.workflowRetentionMs,
    journalRetentionMs: option("journalRetention") ?? defaults.journalRetentionMs,
    inactivityTimeoutMs: option("inactivityTimeout") ?? defaults.inactivityTimeoutMs,
    abortTimeoutMs: option("abortTimeout") ?? defaults.abortTimeoutMs,
    enableLazyState: option("enableLazyState") ?? false,
    retryPolicy: retryPolicy(option, defaults.retryPolicy),
  };
}

function handlerKind(service: ServiceManifest, handler: HandlerManifest): HandlerKind {
  if (service.ty === "SERVICE") return "service";
  switch (handlerTypeOf(service.ty, handler.ty)) {
    case "EXCLUSIVE":
      return "exclusive";
    case "WORKFLOW":
      return "workflow";
    default:
      return "shared";
  }
}

function retryPolicy(
  option: <K extends keyof ManifestOptions>(name: K) => ManifestOptions[K],
  defaults: RetryPolicy,
): RetryPolicy {
  const onMaxAttempts = option("retryPolicyOnMaxAttempts");
  const maxAttempts = option("retryPolicyMaxAttempts");
  return {
    initialIntervalMs: option("retryPolicyInitialInterval") ?? defaults.initialIntervalMs,
    exponentiationFactor:
      option("retryPolicyExponentiationFactor") ?? defaults.exponentiationFactor,
    maxIntervalMs: option("retryPolicyMaxInterval") ?? defaults.maxIntervalMs,
    maxAttempts: maxAttempts === undefined ? defaults.maxAttempts : Math.max(1, maxAttempts),
    onMaxAttempts:
      onMaxAttempts === undefined
        ? defaults.onMaxAttempts
        : onMaxAttempts === "PAUSE"
          ? "pause"
          : "kill",
  };
}
