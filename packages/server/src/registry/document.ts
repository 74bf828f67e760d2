/**
 * The registry as it is stored: every deployment with the manifest of its services and the revision
 * that each of them has. One JSON value outside the partitions, changed by compare-and-set.
 */
import { StoreError } from "@rejoin/engine";
import type { ProtocolMode, ServiceManifest } from "@rejoin/protocol";

export interface RegisteredService {
  /** Counts up by one with each registration that changes the service. */
  readonly revision: number;
  readonly manifest: ServiceManifest;
}

/** Code that runs in this process. */
export interface EmbeddedAddress {
  readonly kind: "embedded";
  readonly name: string;
}

/** An endpoint that is reached over HTTP. */
export interface HttpDeploymentAddress {
  readonly kind: "http";
  readonly uri: string;
  readonly protocolMode: ProtocolMode;
  readonly httpVersion: "HTTP/2.0" | "HTTP/1.1";
  /** Sent with every request to it. */
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

export type DeploymentAddress = EmbeddedAddress | HttpDeploymentAddress;

export interface DeploymentRecord {
  readonly id: string;
  /** Where its code runs. */
  readonly address: DeploymentAddress;
  readonly createdAt: number;
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
  /** Name and version of its SDK, if it says so. */
  readonly sdkVersion?: string;
  /** Whatever who registered it wanted to note. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly services: readonly RegisteredService[];
}

export interface RegistryDocument {
  readonly format: 1;
  readonly deployments: readonly DeploymentRecord[];
}

export const EMPTY_DOCUMENT: RegistryDocument = { format: 1, deployments: [] };

export function encodeDocument(document: RegistryDocument): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

export function decodeDocument(bytes: Uint8Array): RegistryDocument {
  const document = JSON.parse(new TextDecoder().decode(bytes)) as RegistryDocument;
  if (document.format !== 1) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `the registry has format ${String(document.format)}; this version reads format 1`,
    );
  }
  return document;
}
