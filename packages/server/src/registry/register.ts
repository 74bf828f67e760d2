/** Registering a deployment at an HTTP address, as a function over the document. */
import type { EndpointManifest, ServiceManifest } from "@rejoin/protocol";
import type { DeploymentRecord, HttpDeploymentAddress, RegistryDocument } from "./document.ts";
import { RegistryError } from "./registry-error.ts";
import { newestRevision, nextRevision, withRecord } from "./revisions.ts";

/** What was found at an address. */
export interface Found {
  readonly address: HttpDeploymentAddress;
  readonly manifest: EndpointManifest;
  readonly sdkVersion: string | undefined;
}

export interface Registration extends Found {
  /** The id that the deployment gets if its address is new. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly now: number;
  /** Replace a deployment at the same address; implies `breaking`. */
  readonly force: boolean;
  /** Allow a service to change its type. */
  readonly breaking: boolean;
}

export interface Registered {
  readonly document: RegistryDocument;
  readonly id: string;
  readonly outcome: "created" | "unchanged" | "overwritten";
}

const DEPLOYMENTS_MAX = 1000;

/**
 * A new deployment holds the next revision of each of its services. One whose address is known is
 * left as it is, or with `force` replaced under its id; of several at one address the newest.
 */
export function registerDeployment(
  document: RegistryDocument,
  registration: Registration,
): Registered {
  const [existing] = deploymentsAt(document, registration.address.uri);
  if (existing !== undefined && !registration.force) {
    return { document, id: existing.id, outcome: "unchanged" };
  }
  if (!registration.force && !registration.breaking) {
    for (const service of registration.manifest.services) checkType(document, service);
  }
  if (existing === undefined && document.deployments.length >= DEPLOYMENTS_MAX) {
    const text = `there are ${DEPLOYMENTS_MAX} deployments; remove those that are not needed`;
    throw new RegistryError(409, text);
  }
  const record = createRecord(document, registration, existing);
  return {
    document: withRecord(document, record),
    id: record.id,
    outcome: existing === undefined ? "created" : "overwritten",
  };
}

/** The deployments at the same authority and path, the newest first. */
export function deploymentsAt(document: RegistryDocument, uri: string): DeploymentRecord[] {
  const wanted = placeOf(uri);
  return document.deployments
    .filter(({ address }) => address.kind === "http" && placeOf(address.uri) === wanted)
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

function placeOf(uri: string): string {
  const url = new URL(uri);
  return url.host + url.pathname;
}

function checkType(document: RegistryDocument, service: ServiceManifest): void {
  const newest = newestRevision(document, service.name);
  if (newest === undefined || newest.manifest.ty === service.ty) return;
  throw new RegistryError(
    409,
    `service ${service.name} is a ${newest.manifest.ty} in revision ${newest.revision}, and would ` +
      `become a ${service.ty}; register it under another name, or allow it with breaking`,
    "META0006",
  );
}

function createRecord(
  document: RegistryDocument,
  registration: Registration,
  existing: DeploymentRecord | undefined,
): DeploymentRecord {
  const { address, manifest, sdkVersion, metadata, now } = registration;
  return {
    id: existing?.id ?? registration.id,
    address,
    createdAt: now,
    minProtocolVersion: manifest.minProtocolVersion,
    maxProtocolVersion: manifest.maxProtocolVersion,
    ...(sdkVersion === undefined ? {} : { sdkVersion }),
    ...(metadata === undefined ? {} : { metadata }),
    services: manifest.services.map((service) => ({
      manifest: service,
      revision: nextRevision(document, service.name),
    })),
  };
}
