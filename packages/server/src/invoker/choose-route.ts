/** Where the next attempt of an invocation goes, and by which settings. */
import type { Invocation } from "@rejoin/engine";
import type { RegistrySnapshot, ServerDefaults } from "../registry/snapshot.ts";
import type { Route } from "./invoker.ts";
import type { TransportTable } from "./transport-table.ts";

export interface RouteOptions {
  readonly registry: RegistrySnapshot;
  readonly transports: Pick<TransportTable, "find">;
  readonly defaults: ServerDefaults;
  /** Caps the protocol version of new invocations. */
  readonly maxProtocolVersion: number;
}

/** The oldest protocol version that is spoken. */
const PROTOCOL_VERSION_MIN = 5;

/** To the deployment that it is pinned to, else to the newest of its service. */
export function chooseRoute(invocation: Invocation, options: RouteOptions): Route {
  const { registry, transports, defaults } = options;
  const { service } = invocation.target;
  const deploymentId = invocation.pin?.deploymentId ?? registry.latest(service)?.deploymentId;
  if (deploymentId === undefined) {
    return noRoute("RT0011", `no deployment of service ${service} is registered`);
  }
  const deployment = registry.deployment(deploymentId);
  const transport = deployment && transports.find(deploymentId, deployment.address);
  if (deployment === undefined || transport === undefined) {
    const text = `deployment ${deploymentId} of service ${service} is not there`;
    return noRoute("RT0011", `${text}; start it again under this name, or register it`);
  }
  const { minProtocolVersion, maxProtocolVersion } = deployment;
  const newest = Math.min(maxProtocolVersion, options.maxProtocolVersion);
  const protocolVersion = invocation.pin?.protocolVersion ?? newest;
  if (protocolVersion < Math.max(minProtocolVersion, PROTOCOL_VERSION_MIN)) {
    const range = `${minProtocolVersion} to ${maxProtocolVersion}`;
    return noRoute("RT0013", `deployment ${deploymentId} speaks protocol versions ${range}`);
  }
  const settings = registry
    .revisionAt(service, deploymentId)
    ?.handlers.get(invocation.target.handler);
  const inactivityTimeoutMs = settings?.inactivityTimeoutMs ?? defaults.inactivityTimeoutMs;
  return {
    kind: "deployment",
    pin: { deploymentId, protocolVersion },
    transport,
    // An endpoint that is told nothing while it runs is asked to suspend at once.
    inactivityTimeoutMs: transport.isOneWay === true ? 0 : inactivityTimeoutMs,
    abortTimeoutMs: settings?.abortTimeoutMs ?? defaults.abortTimeoutMs,
    lazyState: settings?.enableLazyState ?? false,
  };
}

function noRoute(docCode: string, message: string): Route {
  return { kind: "none", failure: { code: 500, message, stacktrace: "", docCode } };
}
