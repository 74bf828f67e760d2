/**
 * Asks deployments to show values of their handlers, and to take them back (server.md §1.7): only
 * they know the serdes.
 */
import { MESSAGE_BYTES_MAX } from "@rejoin/protocol";
import type { AuthHeaders } from "../google/id-tokens.ts";
import type { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { decodeAnswer, encodeEvent } from "../lambda/event.ts";
import type { FunctionCaller } from "../lambda/lambda-function.ts";
import type { Ports } from "../ports/ports.ts";
import type { ForwardProxy } from "../proxy/forward-proxy.ts";
import type { DeploymentAddress, RemoteDeploymentAddress } from "../registry/document.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { exchange } from "./connect.ts";
import { explainFailure, explainLambdaFailure } from "./explain-failure.ts";

export type ConversionDirection = "encode" | "decode";

export interface Conversion {
  readonly service: string;
  readonly direction: ConversionDirection;
  /** `<handler>/input` or `<handler>/output`. */
  readonly serde: string;
  /** JSON to encode, bytes to decode. */
  readonly body: Uint8Array;
}

export interface Converted {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What an endpoint of this process answers. */
export interface EmbeddedConverter {
  convert?(conversion: Conversion): Promise<ConversionAnswer>;
}

export interface ConversionAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

export interface ConversionsOptions {
  readonly ports: Pick<Ports, "timers">;
  readonly limits: { readonly discoveryTimeoutMs: number };
  /** Ends those that are under way. */
  readonly signal: AbortSignal;
  readonly outgoing: OutgoingHeaders;
  readonly functions: FunctionCaller;
  readonly tokens: AuthHeaders;
  /** Through which endpoints are reached, if they are. */
  readonly proxy?: ForwardProxy | undefined;
  /** The endpoint of this process under a name. */
  readonly embedded: (name: string) => EmbeddedConverter | undefined;
}

const PROTOCOL = { "x-restate-serdes-protocol": "v1" } as const;
const CONTENT: Readonly<Record<ConversionDirection, Readonly<Record<string, string>>>> = {
  encode: { "content-type": "application/json", accept: "*/*" },
  decode: { "content-type": "application/octet-stream", accept: "application/json" },
};
/** What goes around the value in an answer. */
const ANSWER_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024;
const EXCERPT_CHARS = 500;

export class Conversions {
  private readonly options: ConversionsOptions;

  constructor(options: ConversionsOptions) {
    this.options = options;
  }

  /** Rejects with a {@link RegistryError} that says why there is nothing to show. */
  async convert(
    deployment: { readonly id: string; readonly address: DeploymentAddress },
    conversion: Conversion,
  ): Promise<Converted> {
    const answer = await this.ask(deployment, conversion);
    const { status, contentType, body } = answer;
    if (status === 200) return { contentType: contentType ?? "application/octet-stream", body };
    throw refusal(deployment.id, conversion, answer);
  }

  private async ask(
    { id, address }: { readonly id: string; readonly address: DeploymentAddress },
    conversion: Conversion,
  ): Promise<ConversionAnswer> {
    if (address.kind !== "embedded") return await this.askRemote(address, conversion);
    const endpoint = this.options.embedded(address.name);
    if (endpoint?.convert !== undefined) return await endpoint.convert(conversion);
    const what = endpoint === undefined ? "is not in this process" : "cannot convert values";
    throw new RegistryError(500, `deployment ${id} ${what}`);
  }

  private async askRemote(
    address: RemoteDeploymentAddress,
    conversion: Conversion,
  ): Promise<ConversionAnswer> {
    const { ports, limits, signal } = this.options;
    const end = new AbortController();
    const stop = (reason: string) => end.abort(new RegistryError(500, reason));
    const onClose = () => stop("the server is shutting down");
    const seconds = limits.discoveryTimeoutMs / 1000;
    const where = address.kind === "http" ? address.uri : address.arn;
    const cancel = ports.timers.after(limits.discoveryTimeoutMs, () =>
      stop(`${where} has not converted the value within ${seconds} s; look into its log`),
    );
    if (signal.aborted) onClose();
    signal.addEventListener("abort", onClose);
    try {
      return await this.exchange(address, conversion, end.signal);
    } catch (error) {
      if (end.signal.aborted) throw end.signal.reason;
      throw error;
    } finally {
      cancel();
      signal.removeEventListener("abort", onClose);
    }
  }

  private async exchange(
    address: RemoteDeploymentAddress,
    { service, direction, serde, body }: Conversion,
    signal: AbortSignal,
  ): Promise<ConversionAnswer> {
    const path = `/serdes/${service}/${direction}/${serde}`;
    const headers = {
      ...this.options.outgoing.of(path, "", address.additionalHeaders),
      ...CONTENT[direction],
      ...PROTOCOL,
    };
    return address.kind === "http"
      ? await this.askOverHttp(address, path, headers, body, signal)
      : await this.askFunction(address, path, headers, body, signal);
  }

  private async askFunction(
    address: Extract<RemoteDeploymentAddress, { readonly kind: "lambda" }>,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<ConversionAnswer> {
    const { arn, assumeRoleArn } = address;
    try {
      const event = await encodeEvent({ method: "POST", path, headers, body }, undefined);
      const payload = await this.options.functions.call({ arn, assumeRoleArn }, event, signal);
      const answer = await decodeAnswer(payload, ANSWER_BYTES_MAX);
      const contentType = answer.headers.get("content-type");
      return { status: answer.status, contentType, body: answer.body };
    } catch (error) {
      throw explainLambdaFailure(error as Error);
    }
  }

  private async askOverHttp(
    address: Extract<RemoteDeploymentAddress, { readonly kind: "http" }>,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<ConversionAnswer> {
    const url = new URL(address.uri);
    url.pathname = url.pathname.replace(/\/$/, "") + path;
    const useHttp11 = address.httpVersion === "HTTP/1.1";
    try {
      const { tokens } = this.options;
      const auth = address.auth === undefined ? {} : await tokens.get(address.auth, address.uri);
      const all = { ...headers, ...auth };
      const request = { url, headers: all, body, bodyBytesMax: ANSWER_BYTES_MAX, signal };
      const answer = await exchange(request, { useHttp11, proxy: this.options.proxy });
      const { status, header } = answer;
      return { status, contentType: header("content-type"), body: answer.body };
    } catch (error) {
      throw explainFailure(error as Error, { url, useHttp11 });
    }
  }
}

/** An endpoint has only what has a preview; it does not say more than that there is nothing. */
function refusal(
  id: string,
  { service, direction, serde }: Conversion,
  { status, body }: ConversionAnswer,
): RegistryError {
  const what = `${service}/${serde}`;
  if (status === 404) {
    const text =
      `deployment ${id} cannot ${direction} ${what}: there is no such serde, it has no preview, or ` +
      "the SDK does not offer previews";
    return new RegistryError(500, text);
  }
  const said = new TextDecoder()
    .decode(body.subarray(0, 4 * EXCERPT_CHARS))
    .slice(0, EXCERPT_CHARS);
  if (status === 422) return new RegistryError(422, messageOf(said));
  return new RegistryError(500, `deployment ${id} answered ${status} for ${what}: ${said}`);
}

/** The SDK answers errors as JSON with a message, others as text. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
