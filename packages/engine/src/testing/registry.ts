/** A registry of the services that the engine's tests call. */
import type { HandlerKind, ServiceKind } from "../model/invocation.ts";
import type { HandlerSettings, Registry, RetryPolicy, ServiceRevision } from "../registry.ts";
import { DEFAULT_SETTINGS } from "../settings.ts";

export const DEPLOYMENT = "dp";

/** `Svc/work`, `Obj/add` (exclusive), `Obj/get` (shared), `Wf/run` (workflow), `Wf/query` (shared). */
const HANDLERS: readonly (readonly [string, ServiceKind, string, HandlerKind])[] = [
  ["Svc", "service", "work", "service"],
  ["Svc", "service", "other", "service"],
  ["Obj", "virtualObject", "add", "exclusive"],
  ["Obj", "virtualObject", "get", "shared"],
  ["Wf", "workflow", "run", "workflow"],
  ["Wf", "workflow", "query", "shared"],
];

export interface RegistryOptions {
  /** For every handler. */
  readonly settings?: Partial<Omit<HandlerSettings, "retryPolicy">>;
  readonly retryPolicy?: Partial<RetryPolicy>;
  readonly limitsOf?: Registry["limitsOf"];
  readonly concurrencyOf?: Registry["concurrencyOf"];
}

export function createRegistry(options: RegistryOptions = {}): Registry {
  const services = new Map<string, ServiceRevision>();
  for (const [service, kind, handler, handlerKind] of HANDLERS) {
    const settings: HandlerSettings = {
      ...DEFAULT_SETTINGS,
      ...options.settings,
      name: handler,
      kind: handlerKind,
      retryPolicy: { ...DEFAULT_SETTINGS.retryPolicy, ...options.retryPolicy },
    };
    const known = services.get(service);
    const handlers = new Map([...(known?.handlers ?? []), [handler, settings]]);
    services.set(service, { name: service, kind, revision: 1, deploymentId: DEPLOYMENT, handlers });
  }
  return {
    version: 1,
    limitsOf: (target, limitKey) => options.limitsOf?.(target, limitKey) ?? [],
    concurrencyOf: (limiter) => options.concurrencyOf?.(limiter),
    latest: (service) => services.get(service),
    revisionAt: (service, id) => (id === DEPLOYMENT ? services.get(service) : undefined),
    deployment: (id) =>
      id === DEPLOYMENT ? { id, minProtocolVersion: 5, maxProtocolVersion: 7 } : undefined,
  };
}
