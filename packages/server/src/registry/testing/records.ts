/** Registry documents for tests. */
import type { EndpointManifest, ServiceManifest, ServiceType } from "@rejoin/protocol";
import type { DeploymentRecord, HttpDeploymentAddress, RegistryDocument } from "../document.ts";
import { EMPTY_DOCUMENT } from "../document.ts";
import { type Registered, type Registration, registerDeployment } from "../register.ts";

export function serviceOf(
  name: string,
  handlers: readonly string[] = ["run"],
  ty: ServiceType = "SERVICE",
): ServiceManifest {
  return { name, ty, handlers: handlers.map((handler) => ({ name: handler })) };
}

export function manifestOf(...services: readonly ServiceManifest[]): EndpointManifest {
  const range = { minProtocolVersion: 5, maxProtocolVersion: 7 };
  return { protocolMode: "BIDI_STREAM", ...range, services };
}

export function addressAt(uri: string): HttpDeploymentAddress {
  const httpVersion = "HTTP/2.0";
  return { kind: "http", uri, protocolMode: "BIDI_STREAM", httpVersion, additionalHeaders: {} };
}

/** Registers services at an address, at the instant `now`. */
export function register(
  document: RegistryDocument,
  uri: string,
  services: readonly ServiceManifest[],
  rest: Partial<Registration> = {},
): Registered {
  const now = rest.now ?? document.deployments.length + 1;
  return registerDeployment(document, {
    id: `dp_${now}`,
    address: addressAt(uri),
    manifest: manifestOf(...services),
    sdkVersion: "test-sdk/1.0",
    metadata: undefined,
    now,
    force: false,
    breaking: false,
    routingHeaders: [],
    ...rest,
  });
}

/** A document with one deployment for each list of services, at `http://h1/`, `http://h2/`… */
export function documentOf(...lists: readonly (readonly ServiceManifest[])[]): RegistryDocument {
  return lists.reduce(
    (document, services, i) => register(document, `http://h${i + 1}/`, services).document,
    EMPTY_DOCUMENT,
  );
}

/** `service: revision` of each service that a deployment holds. */
export function revisionsOf(document: RegistryDocument, id: string): Record<string, number> {
  return Object.fromEntries(
    recordOf(document, id).services.map(({ manifest, revision }) => [manifest.name, revision]),
  );
}

export function recordOf(document: RegistryDocument, id: string): DeploymentRecord {
  const record = document.deployments.find((deployment) => deployment.id === id);
  if (record === undefined) throw new Error(`no deployment ${id}`);
  return record;
}
