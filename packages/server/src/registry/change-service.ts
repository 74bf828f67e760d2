/** What an operator sets on a service, as a function over the document. */
import type {
  DeploymentRecord,
  RegistryDocument,
  ServiceLimits,
  ServiceOverrides,
} from "./document.ts";
import { RegistryError } from "./registry-error.ts";
import { newestRevision } from "./revisions.ts";

/** What is absent stays as it is. */
export interface ServiceChange {
  /** For the newest revision, until the service is registered again. */
  readonly overrides: ServiceOverrides;
  /** For all revisions; `null` for no limit. */
  readonly concurrency?: number | null | undefined;
  readonly handlers?: ReadonlyMap<string, number | null>;
}

/** Throws a {@link RegistryError} for a service or handler that is not there. */
export function changeService(
  document: RegistryDocument,
  service: string,
  change: ServiceChange,
): RegistryDocument {
  const newest = newestRevision(document, service);
  if (newest === undefined) {
    throw new RegistryError(404, `there is no service ${service}; see GET /services`);
  }
  const { manifest } = newest;
  if (change.overrides.workflowCompletionRetention !== undefined && manifest.ty !== "WORKFLOW") {
    throw new RegistryError(
      400,
      `service ${service} is a ${manifest.ty}: workflow_completion_retention is for workflows only`,
    );
  }
  for (const handler of change.handlers?.keys() ?? []) {
    if (manifest.handlers.some(({ name }) => name === handler)) continue;
    throw new RegistryError(404, `service ${service} has no handler ${handler}`);
  }
  return withLimits(withOverridesOn(document, newest.deployment, service, change), service, change);
}

function withOverridesOn(
  document: RegistryDocument,
  deployment: DeploymentRecord,
  service: string,
  { overrides }: ServiceChange,
): RegistryDocument {
  if (Object.keys(overrides).length === 0) return document;
  const services = deployment.services.map((held) =>
    held.manifest.name === service
      ? { ...held, overrides: { ...held.overrides, ...overrides } }
      : held,
  );
  const deployments = document.deployments.map((record) =>
    record === deployment ? { ...record, services } : record,
  );
  return { ...document, deployments };
}

function withLimits(
  document: RegistryDocument,
  service: string,
  { concurrency, handlers = NONE }: ServiceChange,
): RegistryDocument {
  if (concurrency === undefined && handlers.size === 0) return document;
  const all = document.limits ?? [];
  const former = all.find((limits) => limits.service === service);
  const kept = (former?.handlers ?? []).filter(({ name }) => !handlers.has(name));
  const added = [...handlers].flatMap(([name, limit]) =>
    limit === null ? [] : [{ name, concurrency: limit }],
  );
  const whole = concurrency === undefined ? former?.concurrency : (concurrency ?? undefined);
  const own: ServiceLimits = {
    service,
    ...(whole === undefined ? {} : { concurrency: whole }),
    handlers: [...kept, ...added],
  };
  const others = all.filter((limits) => limits.service !== service);
  const isEmpty = own.concurrency === undefined && own.handlers.length === 0;
  return { ...document, limits: isEmpty ? others : [...others, own] };
}

const NONE: ReadonlyMap<string, number | null> = new Map();
