/** An immutable view of the registry, with every option resolved. */
import type {
  HandlerKind,
  HandlerSettings,
  Registry,
  ServiceKind,
  ServiceRevision,
} from "@rejoin/engine";
import {
  DEFAULT_INPUT,
  DEFAULT_OUTPUT,
  type HandlerManifest,
  handlerTypeOf,
  type InputManifest,
  type OutputManifest,
  type ProtocolMode,
  type ServiceManifest,
  type ServiceType,
} from "@rejoin/protocol";
import { createConcurrencyLimits } from "./concurrency-limits.ts";
import type {
  DeploymentAddress,
  DeploymentRecord,
  RegisteredService,
  RegistryDocument,
  ServiceLimits,
} from "./document.ts";
import { createLimitRules, type LimitRules } from "./rules/limit-rules.ts";
import { resolveSettings, type ServerDefaults, type Settings, withOverrides } from "./settings.ts";

export { SERVER_DEFAULTS, type ServerDefaults, type Settings } from "./settings.ts";

export interface HandlerView extends HandlerSettings {
  readonly input: InputManifest;
  readonly output: OutputManifest;
  /** As the endpoint describes it. */
  readonly manifest: HandlerManifest;
  /** Invocations of it that may run at a time, in all revisions together. */
  readonly concurrencyLimit: number | undefined;
}

export interface ServiceView extends ServiceRevision {
  readonly handlers: ReadonlyMap<string, HandlerView>;
  /** Whether streams to its deployment flow both ways at once. */
  readonly protocolMode: ProtocolMode;
  /** What holds for its handlers where they say nothing themselves. */
  readonly settings: Settings;
  /** As the endpoint describes it, with what an operator has set. */
  readonly manifest: ServiceManifest;
  /** Invocations of all its handlers that may run at a time, in all revisions together. */
  readonly concurrencyLimit: number | undefined;
}

export interface RegistrySnapshot extends Registry {
  latest(service: string): ServiceView | undefined;
  revisionAt(service: string, deploymentId: string): ServiceView | undefined;
  deployment(id: string): DeploymentRecord | undefined;
  /** The newest revision of each service. */
  readonly services: readonly ServiceView[];
  /** In the order of their ids' creation or last change. */
  readonly deployments: readonly DeploymentRecord[];
  /** Limits by scope and limit key. */
  readonly rules: LimitRules;
}

export function createSnapshot(
  document: RegistryDocument,
  version: number,
  defaults: ServerDefaults,
): RegistrySnapshot {
  const deployments = new Map(document.deployments.map((record) => [record.id, record]));
  const latest = new Map<string, ServiceView>();
  const byDeployment = new Map<string, ServiceView>();
  const limits = new Map(document.limits?.map((own) => [own.service, own]));
  for (const deployment of document.deployments) {
    for (const registered of deployment.services) {
      const own = limits.get(registered.manifest.name);
      const view = serviceView(registered, deployment, { defaults, limits: own });
      const { revision } = registered;
      byDeployment.set(`${deployment.id} ${view.name}`, view);
      const known = latest.get(view.name);
      if (known === undefined || known.revision < revision) latest.set(view.name, view);
    }
  }
  const rules = createLimitRules(document.rules);
  return {
    version,
    services: [...latest.values()],
    deployments: document.deployments,
    rules,
    ...createConcurrencyLimits(document.limits ?? [], rules),
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

interface ViewContext {
  readonly defaults: ServerDefaults;
  readonly limits: ServiceLimits | undefined;
}

function serviceView(
  { manifest: announced, revision, overrides }: RegisteredService,
  { id: deploymentId, address }: DeploymentRecord,
  context: ViewContext,
): ServiceView {
  const manifest = withOverrides(announced, overrides);
  const handlers = new Map<string, HandlerView>();
  for (const handler of manifest.handlers) {
    handlers.set(handler.name, handlerView(manifest, handler, context));
  }
  const runs = manifest.handlers.find((handler) => handler.ty === "WORKFLOW");
  const workflowCompletionRetention = runs?.workflowCompletionRetention;
  const own = workflowCompletionRetention === undefined ? {} : { workflowCompletionRetention };
  return {
    name: manifest.name,
    kind: SERVICE_KINDS[manifest.ty],
    revision,
    deploymentId,
    protocolMode: protocolModeOf(address),
    handlers,
    settings: resolveSettings(manifest, own, context.defaults),
    manifest,
    concurrencyLimit: context.limits?.concurrency,
  };
}

/** A function is asked and answers; what runs in this process is always connected. */
function protocolModeOf(address: DeploymentAddress): ProtocolMode {
  switch (address.kind) {
    case "http":
      return address.protocolMode;
    case "lambda":
      return "REQUEST_RESPONSE";
    case "embedded":
      return "BIDI_STREAM";
  }
}

function handlerView(
  service: ServiceManifest,
  handler: HandlerManifest,
  { defaults, limits }: ViewContext,
): HandlerView {
  return {
    ...resolveSettings(service, handler, defaults),
    name: handler.name,
    kind: handlerKind(service, handler),
    input: handler.input ?? DEFAULT_INPUT,
    output: handler.output ?? DEFAULT_OUTPUT,
    manifest: handler,
    concurrencyLimit: limits?.handlers.find(({ name }) => name === handler.name)?.concurrency,
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
