/**
 * Registers, updates and removes deployments: asks the endpoint, then changes the registry.
 *
 * The decisions are functions over the document, taken again whenever someone else has changed the
 * registry in between.
 */
import { formatDeploymentId, ulidBytes } from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import { parseAdditionalHeaders, parseDeploymentUri } from "./address.ts";
import type { DiscoverPort } from "./discover-port.ts";
import type {
  DeploymentAddress,
  DeploymentRecord,
  HttpDeploymentAddress,
  RegistryDocument,
} from "./document.ts";
import { deploymentsAt, type Found, type Registered, registerDeployment } from "./register.ts";
import type { Changed, RegistryChange, ServerRegistry } from "./registry.ts";
import { RegistryError, unknownDeployment } from "./registry-error.ts";
import {
  assertDrained,
  assertSuperseded,
  type InFlight,
  removeDeployment,
} from "./remove-deployment.ts";
import { updateDeployment } from "./update-deployment.ts";

export interface RegisterRequest {
  readonly uri: string;
  readonly additionalHeaders?: Readonly<Record<string, string>> | undefined;
  readonly useHttp11?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly force: boolean;
  readonly breaking: boolean;
  /** Do everything but store the result. */
  readonly dryRun: boolean;
}

/** What is absent stays as it is. */
export interface UpdateRequest {
  readonly uri?: string | undefined;
  readonly additionalHeaders?: Readonly<Record<string, string>> | undefined;
  readonly useHttp11?: boolean | undefined;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

export interface RegistrarOptions {
  readonly registry: ServerRegistry;
  readonly ports: Pick<Ports, "clock" | "random">;
  readonly discover: DiscoverPort;
  readonly findInFlight: (deploymentId: string) => Promise<InFlight>;
}

const ULID_RANDOM_BYTES = 10;

export class Registrar {
  private readonly options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.options = options;
  }

  /** Rejects with a `RegistryError` or what discovery rejects with. */
  async register(request: RegisterRequest): Promise<Changed<Registered>> {
    const uri = parseDeploymentUri(request.uri);
    const { force, breaking, dryRun, metadata } = request;
    const document = await this.options.registry.read();
    const [existing] = deploymentsAt(document, uri);
    if (existing !== undefined && !force) {
      return this.change(true, (newest) => ({
        document: newest,
        id: existing.id,
        outcome: "unchanged",
      }));
    }
    const found = await this.find(uri, request);
    const { clock, random } = this.options.ports;
    const now = clock.now();
    const id = formatDeploymentId(ulidBytes(now, random.bytes(ULID_RANDOM_BYTES), 0));
    return this.change(dryRun, (newest) =>
      registerDeployment(newest, { ...found, id, metadata, now, force, breaking }),
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
    const uri = request.uri === undefined ? uriOf(existing) : parseDeploymentUri(request.uri);
    const found = await this.find(uri, {
      additionalHeaders: request.additionalHeaders ?? headersOf(address),
      useHttp11: request.useHttp11 ?? usesHttp11(address),
    });
    return this.change(request.dryRun, (newest) => ({
      document: updateDeployment(newest, id, { found, overwrite: request.overwrite }),
    }));
  }

  /** Refused, unless forced, while new or running invocations need the deployment. */
  async remove(id: string, force: boolean): Promise<void> {
    if (!force) {
      assertSuperseded(await this.options.registry.read(), id);
      assertDrained(id, await this.options.findInFlight(id));
    }
    await this.options.registry.update((document) => {
      if (!force) assertSuperseded(document, id);
      return { document: removeDeployment(document, id) };
    });
  }

  private change<T extends { readonly document: RegistryDocument }>(
    dryRun: boolean,
    change: RegistryChange<T>,
  ): Promise<Changed<T>> {
    const { registry } = this.options;
    return dryRun ? registry.preview(change) : registry.update(change);
  }

  private async find(
    uri: string,
    request: Pick<RegisterRequest, "additionalHeaders" | "useHttp11">,
  ): Promise<Found> {
    const additionalHeaders = parseAdditionalHeaders(request.additionalHeaders ?? {});
    const useHttp11 = request.useHttp11 ?? false;
    const discovered = await this.options.discover({ uri, useHttp11, additionalHeaders });
    const { manifest, sdkVersion, httpVersion } = discovered;
    const { protocolMode } = manifest;
    const address: HttpDeploymentAddress = {
      kind: "http",
      uri,
      protocolMode,
      httpVersion,
      additionalHeaders,
    };
    return { address, manifest, sdkVersion };
  }
}

function asksForAnything({ uri, additionalHeaders, useHttp11, overwrite }: UpdateRequest): boolean {
  return (
    uri !== undefined || additionalHeaders !== undefined || useHttp11 !== undefined || overwrite
  );
}

function uriOf({ id, address }: DeploymentRecord): string {
  if (address.kind === "http") return address.uri;
  throw new RegistryError(
    400,
    `deployment ${id} runs inside the server and has no address; give the uri it moves to`,
  );
}

function headersOf(address: DeploymentAddress): Readonly<Record<string, string>> {
  return address.kind === "http" ? address.additionalHeaders : {};
}

function usesHttp11(address: DeploymentAddress): boolean {
  return address.kind === "http" && address.httpVersion === "HTTP/1.1";
}
