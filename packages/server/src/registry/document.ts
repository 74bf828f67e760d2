/**
 * The registry as it is stored: every deployment with the manifest of its services and the revision
 * that each of them has. One JSON value outside the partitions, changed by compare-and-set.
 */
import { StoreError } from "@rejoin/engine";
import type { ManifestOptions, ProtocolMode, ServiceManifest } from "@rejoin/protocol";
import type { DeploymentAuth } from "../google/deployment-auth.ts";
import type { RuleBook } from "./rules/rule-book.ts";

/** What an operator has set on a revision: it counts instead of what the endpoint says. */
export type ServiceOverrides = Omit<
  ManifestOptions,
  "documentation" | "metadata" | "enableLazyState"
> & {
  /** Workflows only. */
  readonly workflowCompletionRetention?: number;
};

export interface RegisteredService {
  /** Counts up by one with each registration that changes the service. */
  readonly revision: number;
  readonly manifest: ServiceManifest;
  /** Gone with the next registration of the service. */
  readonly overrides?: ServiceOverrides;
}

/** How many invocations of a service may run at a time, whatever their revision. */
export interface ServiceLimits {
  readonly service: string;
  /** Of all handlers together. */
  readonly concurrency?: number;
  /** Of single handlers. */
  readonly handlers: readonly { readonly name: string; readonly concurrency: number }[];
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
  /** What requests to it prove that they are the server's with. */
  readonly auth?: DeploymentAuth;
}

/** A function of AWS Lambda. */
export interface LambdaDeploymentAddress {
  readonly kind: "lambda";
  /** Qualified by a version or an alias. */
  readonly arn: string;
  /** The role that may invoke it, if it is not the server's own. */
  readonly assumeRoleArn?: string;
  /** How bodies may be compressed, as the endpoint says. */
  readonly compression?: "zstd";
  /** Sent with every request to it. */
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

/** Where an endpoint is that is not in this process. */
export type RemoteDeploymentAddress = HttpDeploymentAddress | LambdaDeploymentAddress;

export type DeploymentAddress = EmbeddedAddress | RemoteDeploymentAddress;

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
  /** They outlive the revisions of their services. */
  readonly limits?: readonly ServiceLimits[];
  /** The rules of flow control. */
  readonly rules?: RuleBook;
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
