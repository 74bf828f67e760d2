/**
 * Registers, updates and removes deployments: asks the endpoint, then changes the registry.
 *
 * The decisions are functions over the document, taken again whenever someone else has changed the
 * registry in between.
 */
import { formatDeploymentId, ulidBytes } from "@rejoin/protocol";
import { type DeploymentAuth, parseDeploymentAuth } from "../google/deployment-auth.ts";
import type { Ports } from "../ports/ports.ts";
import {
  parseAdditionalHeaders,
  parseDeploymentUri,
  parseFunctionArn,
  parseRoleArn,
} from "./address.ts";
import { checkSchemas } from "./check-manifest.ts";
import type { DiscoverPort } from "./discover-port.ts";
import type {
  DeploymentAddress,
  DeploymentRecord,
  RegistryDocument,
  RemoteDeploymentAddress,
} from "./document.ts";
import { deploymentsAt, type Found, type Registered, registerDeployment } from "./register.ts";
import type { Changed, RegistryChange, ServerRegistry } from "./registry.ts";
import { RegistryError, unknownDeployment } from "./registry-error.ts";
import { type InFlight, removeDeployment } from "./remove-deployment.ts";
import { removeUnused } from "./remove-unused.ts";
import { updateDeployment } from "./update-deployment.ts";

export interface RegisterRequest {
  /** Where the endpoint is; either this or `arn`. */
  readonly uri?: string | undefined;
  /** The function that is the endpoint. */
  readonly arn?: string | undefined;
  readonly assumeRoleArn?: string | undefined;
  readonly additionalHeaders?: Readonly<Record<string, string>> | undefined;
  readonly useHttp11?: boolean | undefined;
  readonly auth?: DeploymentAuth | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly force: boolean;
  readonly breaking: boolean;
  /** Do everything but store the result. */
  readonly dryRun: boolean;
}

/** What is absent stays as it is. */
export interface UpdateRequest {
  readonly uri?: string | undefined;
  readonly arn?: string | undefined;
  readonly assumeRoleArn?: string | undefined;
  readonly additionalHeaders?: Readonly<Record<string, string>> | undefined;
  readonly useHttp11?: boolean | undefined;
  readonly auth?: DeploymentAuth | undefined;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

export interface RegistrarOptions {
  readonly registry: ServerRegistry;
  readonly ports: Pick<Ports, "clock" | "random">;
  readonly discover: DiscoverPort;
  /** Counts also what an attempt is open for that has begun before the call. */
  readonly findInFlight: (deploymentId: string) => Promise<InFlight>;
  /** In lower case; deployments at one address with other values of them are not the same. */
  readonly routingHeaders?: readonly string[];
}

const ULID_RANDOM_BYTES = 10;
const NO_HEADERS: readonly string[] = [];

export class Registrar {
  private readonly options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.options = options;
  }

  /** Rejects with a `RegistryError` or what discovery rejects with. */
  async register(request: RegisterRequest): Promise<Changed<Registered>> {
    const place = parsePlace(request);
    const { force, breaking, dryRun, metadata } = request;
    const document = await this.options.registry.read();
    const { routingHeaders = NO_HEADERS } = this.options;
    const additionalHeaders = parseAdditionalHeaders(request.additionalHeaders ?? {});
    const wanted = { ...place, additionalHeaders, routingHeaders };
    const [existing] = deploymentsAt(document, wanted);
    if (existing !== undefined && !force) {
      return this.change(true, (newest) => ({
        document: newest,
        id: existing.id,
        outcome: "unchanged",
      }));
    }
    const found = await this.find(place, request);
    const { clock, random } = this.options.ports;
    const now = clock.now();
    const id = formatDeploymentId(ulidBytes(now, random.bytes(ULID_RANDOM_BYTES), 0));
    return this.change(dryRun, (newest) =>
      registerDeployment(newest, {
        ...found,
        id,
        metadata,
        now,
        force,
        breaking,
        routingHeaders,
      }),
    );
  }

  /** Moves a deployment, with what is in flight on it; likewise. */
  async update(
    id: string,
    request: UpdateRequest,
  ): Promise<Changed<{ document: RegistryDocument }>> {
    const document = await this.options.registry.read();
    const existing = document.deployments.find((deployment) => deployment.id === id);
    if (existing === undefined) throw unknownDeployment(id);
    if (!asksForAnything(request)) return this.change(true, (newest) => ({ document: newest }));
    const { address } = existing;
    const found = await this.find(movedTo(existing, request), {
      additionalHeaders: request.additionalHeaders ?? headersOf(address),
      useHttp11: request.useHttp11 ?? usesHttp11(address),
      auth: request.auth ?? authOf(address),
    });
    return this.change(request.dryRun, (newest) => ({
      document: updateDeployment(newest, id, { found, overwrite: request.overwrite }),
    }));
  }

  /** Refused, unless forced, while new or running invocations need the deployment. */
  async remove(id: string, force: boolean): Promise<void> {
    const { registry } = this.options;
    if (force) await registry.update((document) => ({ document: removeDeployment(document, id) }));
    else await removeUnused(this.options, id);
  }

  private change<T extends { readonly document: RegistryDocument }>(
    dryRun: boolean,
    change: RegistryChange<T>,
  ): Promise<Changed<T>> {
    const { registry } = this.options;
    return dryRun ? registry.preview(change) : registry.update(change);
  }

  private async find(
    place: Place,
    request: Pick<RegisterRequest, "additionalHeaders" | "useHttp11" | "auth">,
  ): Promise<Found> {
    const additionalHeaders = parseAdditionalHeaders(request.additionalHeaders ?? {});
    const { discover } = this.options;
    if (place.kind === "lambda") {
      if (request.auth !== undefined) throw new RegistryError(400, "auth does not go with arn");
      const { arn, assumeRoleArn } = place;
      const { manifest, sdkVersion } = await discover({ arn, assumeRoleArn, additionalHeaders });
      checkSchemas(manifest);
      const { lambdaCompression: compression } = manifest;
      const address: RemoteDeploymentAddress = {
        kind: "lambda",
        arn,
        ...(assumeRoleArn === undefined ? {} : { assumeRoleArn }),
        ...(compression === undefined ? {} : { compression }),
        additionalHeaders,
      };
      return { address, manifest, sdkVersion };
    }
    const { uri } = place;
    const useHttp11 = request.useHttp11 ?? false;
    const auth = request.auth && parseDeploymentAuth(request.auth, uri, additionalHeaders);
    const discovered = await discover({ uri, useHttp11, additionalHeaders, auth });
    const { manifest, sdkVersion, httpVersion = "HTTP/1.1" } = discovered;
    checkSchemas(manifest);
    const { protocolMode } = manifest;
    const address = { kind: "http", uri, protocolMode, httpVersion, additionalHeaders } as const;
    const authorized = auth === undefined ? address : { ...address, auth };
    return { address: authorized, manifest, sdkVersion };
  }
}

type Place =
  | { readonly kind: "http"; readonly uri: string }
  | { readonly kind: "lambda"; readonly arn: string; readonly assumeRoleArn: string | undefined };

type PlaceRequest = Pick<UpdateRequest, "uri" | "arn" | "assumeRoleArn" | "useHttp11">;

function parsePlace({ uri, arn, assumeRoleArn, useHttp11 }: PlaceRequest): Place {
  if (arn !== undefined) {
    if (uri !== undefined) throw new RegistryError(400, "give either uri or arn, not both");
    if (useHttp11 === true) throw new RegistryError(400, "use_http_11 does not go with arn");
    const role = assumeRoleArn === undefined ? undefined : parseRoleArn(assumeRoleArn);
    return { kind: "lambda", arn: parseFunctionArn(arn), assumeRoleArn: role };
  }
  if (uri === undefined) throw new RegistryError(400, "give the uri or the arn of the endpoint");
  if (assumeRoleArn !== undefined) {
    throw new RegistryError(400, "assume_role_arn goes with arn, not with uri");
  }
  return { kind: "http", uri: parseDeploymentUri(uri) };
}

function asksForAnything(request: UpdateRequest): boolean {
  const { uri, arn, assumeRoleArn, additionalHeaders, useHttp11, auth, overwrite } = request;
  const given = [uri, arn, assumeRoleArn, additionalHeaders, useHttp11, auth];
  return overwrite || given.some(isGiven);
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

/** Where a deployment is after an update that may name another place, or a part of one. */
function movedTo({ id, address }: DeploymentRecord, request: UpdateRequest): Place {
  if (request.uri !== undefined || request.arn !== undefined) return parsePlace(request);
  switch (address.kind) {
    case "http":
      return parsePlace({ ...request, uri: address.uri });
    case "lambda":
      return parsePlace({
        ...request,
        arn: address.arn,
        assumeRoleArn: request.assumeRoleArn ?? address.assumeRoleArn,
      });
    case "embedded":
      throw new RegistryError(
        400,
        `deployment ${id} runs inside the server and has no address; give the uri it moves to`,
      );
  }
}

function headersOf(address: DeploymentAddress): Readonly<Record<string, string>> {
  return address.kind === "embedded" ? {} : address.additionalHeaders;
}

/** A token for one address is none of another kind's. */
function authOf(address: DeploymentAddress): DeploymentAuth | undefined {
  return address.kind === "http" ? address.auth : undefined;
}

function usesHttp11(address: DeploymentAddress): boolean {
  return address.kind === "http" && address.httpVersion === "HTTP/1.1";
}
