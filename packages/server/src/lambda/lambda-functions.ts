/**
 * Calls of functions of AWS Lambda. Its library is loaded when the first of them is made; there is a
 * client for each region and role, as long as the server runs.
 *
 * Credentials, endpoints and all else that is not an option here come from the environment, as for
 * every program that uses AWS.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { explainCallError } from "./call-error.ts";
import { LambdaError } from "./lambda-error.ts";
import type { FunctionCaller, LambdaFunction } from "./lambda-function.ts";

export interface LambdaOptions {
  /** Of the files of AWS, instead of the default one. */
  readonly profile: string | undefined;
  /** Shown when a role is assumed. */
  readonly externalId: string | undefined;
  /** Bodies from so many bytes on are compressed, if the endpoint can read that. */
  readonly compressFromBytes: number;
}

export interface LambdaLimits {
  /** Calls at one time. */
  readonly attemptsMax: number;
  readonly connectTimeoutMs: number;
}

type AwsSdk = typeof import("@aws-sdk/client-lambda");

const ROLE_SESSION_NAME = "rejoin";

export class LambdaFunctions implements FunctionCaller {
  private readonly options: LambdaOptions;
  private readonly limits: LambdaLimits;
  private readonly clients = new Map<string, Promise<LambdaClient>>();
  private sdk: Promise<AwsSdk> | undefined;

  constructor(options: LambdaOptions, limits: LambdaLimits) {
    this.options = options;
    this.limits = limits;
  }

  async call(
    target: LambdaFunction,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    try {
      return readOutput(await this.send(target, payload, signal), target.arn);
    } catch (error) {
      throw explainCallError(error, target);
    }
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.then((opened) => opened.destroy()).catch(() => undefined);
    }
    this.clients.clear();
  }

  private async send(
    target: LambdaFunction,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<InvokeCommandOutput> {
    const { InvokeCommand } = await this.loadSdk();
    const client = await this.clientFor(target);
    const command = new InvokeCommand({
      FunctionName: target.arn,
      InvocationType: "RequestResponse",
      Payload: payload,
    });
    return client.send(command, { abortSignal: signal });
  }

  private loadSdk(): Promise<AwsSdk> {
    this.sdk ??= import("@aws-sdk/client-lambda");
    return this.sdk;
  }

  private clientFor({ arn, assumeRoleArn }: LambdaFunction): Promise<LambdaClient> {
    const region = regionOf(arn);
    const name = `${region} ${assumeRoleArn ?? ""}`;
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const opened = this.openClient(region, assumeRoleArn);
    this.clients.set(name, opened);
    opened.catch(() => this.clients.delete(name));
    return opened;
  }

  private async openClient(region: string, roleArn: string | undefined): Promise<LambdaClient> {
    const { LambdaClient } = await this.loadSdk();
    const { profile } = this.options;
    const credentials = roleArn === undefined ? {} : await this.assume(region, roleArn);
    const agentOptions = { keepAlive: true, maxSockets: this.limits.attemptsMax };
    return new LambdaClient({
      region,
      ...(profile === undefined ? {} : { profile }),
      ...credentials,
      // The attempt is what is tried again.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: this.limits.connectTimeoutMs,
        httpAgent: new HttpAgent(agentOptions),
        httpsAgent: new HttpsAgent(agentOptions),
      },
    });
  }

  private async assume(region: string, roleArn: string) {
    const { fromTemporaryCredentials, fromNodeProviderChain } = await import(
      "@aws-sdk/credential-providers"
    );
    const { profile, externalId } = this.options;
    return {
      credentials: fromTemporaryCredentials({
        params: {
          RoleArn: roleArn,
          RoleSessionName: ROLE_SESSION_NAME,
          ...(externalId === undefined ? {} : { ExternalId: externalId }),
        },
        ...(profile === undefined ? {} : { masterCredentials: fromNodeProviderChain({ profile }) }),
        clientConfig: { region },
      }),
    };
  }
}

/** The fourth part of an ARN. */
function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}

function readOutput({ FunctionError, Payload }: InvokeCommandOutput, arn: string): Uint8Array {
  const payload = Payload ?? new Uint8Array();
  if (FunctionError === undefined) return payload;
  const { errorType = FunctionError, errorMessage = "" } = parseFailure(payload);
  const text = errorMessage === "" ? errorType : `${errorType}: ${errorMessage}`;
  if (errorType.endsWith("ResponseSizeTooLarge"))
    throw new LambdaError(text, { kind: "responseTooLarge" });
  throw new LambdaError(`the function ${arn} failed: ${text}`, { kind: "functionFailed" });
}

interface FunctionFailure {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

function parseFailure(payload: Uint8Array): FunctionFailure {
  try {
    const value = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown> | null;
    const text = (name: string) => (typeof value?.[name] === "string" ? value[name] : undefined);
    const [errorType, errorMessage] = [text("errorType"), text("errorMessage")];
    return {
      ...(errorType === undefined ? {} : { errorType }),
      ...(errorMessage === undefined ? {} : { errorMessage }),
    };
  } catch {
    return { errorMessage: new TextDecoder().decode(payload) };
  }
}
