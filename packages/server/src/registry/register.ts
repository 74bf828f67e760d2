/** Registering a deployment at an HTTP address, as a function over the document. */
import type { EndpointManifest, ServiceManifest } from "@rejoin/protocol";
import type {
  DeploymentAddress,
  DeploymentRecord,
  RegistryDocument,
  RemoteDeploymentAddress,
} from "./document.ts";
import { RegistryError } from "./registry-error.ts";
import { newestRevision, nextRevision, withRecord } from "./revisions.ts";

/** What was found at an address. */
export interface Found {
  readonly address: RemoteDeploymentAddress;
  readonly manifest: EndpointManifest;
  readonly sdkVersion: string | undefined;
}

export interface Registration extends Found, Routing {
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
  const { address, routingHeaders } = registration;
  const [existing] = deploymentsAt(document, { ...address, routingHeaders });
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

/** Headers whose values tell apart deployments that share an address: something routes by them. */
export interface Routing {
  /** Their names in lower case. */
  readonly routingHeaders: readonly string[];
}

/** A URI or the ARN of a function, as far as it tells deployments apart. */
export type Place =
  | { readonly kind: "http"; readonly uri: string }
  | { readonly kind: "lambda"; readonly arn: string };

type WantedPlace = Place &
  Routing & { readonly additionalHeaders: Readonly<Record<string, string>> };

/**
 * The deployments at the same authority and path, or of the same function, that would also be
 * routed to alike; the newest first.
 */
export function deploymentsAt(document: RegistryDocument, place: WantedPlace): DeploymentRecord[] {
  const wanted = placeOf(place);
  const isRoutedAlike = (address: DeploymentAddress) =>
    address.kind !== "embedded" &&
    place.routingHeaders.every(
      (name) => address.additionalHeaders[name] === place.additionalHeaders[name],
    );
  return document.deployments
    .filter(({ address }) => placeOf(address) === wanted && isRoutedAlike(address))
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

function placeOf(place: Place | DeploymentAddress): string {
  switch (place.kind) {
    case "embedded":
      return `embedded:${place.name}`;
    case "lambda":
      return place.arn;
    case "http": {
      const url = new URL(place.uri);
      return url.host + url.pathname;
    }
  }
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
