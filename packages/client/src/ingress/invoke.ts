/** Calls and sends: a request, and what its answer means. */

import { type Serde, toExactMillis } from "@rejoin/protocol";
import { ClientError } from "../client-error.ts";
import type { HandlerDescriptor } from "../definitions.ts";
import { json } from "../serde/namespace.ts";
import type { Send } from "./clients.ts";
import { type Connection, exchange, type IngressRequest } from "./exchange.ts";
import type { AnyOptions } from "./options.ts";

/** A handler to call: of a plain service, or with `key` of an object or workflow. */
export interface CallTarget {
  readonly service: string;
  readonly key?: string | undefined;
  readonly handler: string;
  readonly scope?: string | undefined;
}

export interface Invocation {
  readonly target: CallTarget;
  readonly parameter: unknown;
  readonly options: AnyOptions;
  /** What is declared of the handler. */
  readonly descriptor?: HandlerDescriptor | undefined;
  /** For what is neither declared nor given; JSON without it. */
  readonly fallbackSerde?: Serde<unknown> | undefined;
}

/** Calls, and waits for the result. */
export async function call(connection: Connection, invocation: Invocation): Promise<unknown> {
  const { options, descriptor, fallbackSerde } = invocation;
  const request = toRequest(connection, "call", invocation);
  const bytes = await exchange(connection, request);
  const serde = pickSerde(connection, options.output, descriptor?._outputSerde, fallbackSerde);
  return readResult(connection, request, serde, bytes);
}

/** Calls without waiting; it is durable when this resolves. */
export async function send(
  connection: Connection,
  invocation: Invocation,
  isRepeatable = hasKey(invocation.options),
): Promise<Send> {
  const request = { ...toRequest(connection, "send", invocation), isRepeatable };
  const bytes = await exchange(connection, request);
  const receipt = readPlain(connection, request, json, bytes) as Partial<Send> | undefined;
  const { invocationId, status, executionTime } = receipt ?? {};
  if (typeof invocationId !== "string" || status === undefined) {
    throw malformed(connection, request);
  }
  const due = executionTime === undefined ? {} : { executionTime };
  return { invocationId, status, ...due, attachable: hasKey(invocation.options) };
}

/** The first that is there: of the request, of the handler, of the connection. */
export function pickSerde(
  connection: Connection,
  ...serdes: readonly (Serde<unknown> | undefined)[]
): Serde<unknown> {
  const [own, declared, fallback = json] = serdes;
  return own ?? declared ?? connection.serde ?? fallback;
}

/** Decodes a result, as the services have encoded it. */
export async function readResult(
  connection: Connection,
  request: IngressRequest,
  serde: Serde<unknown>,
  bytes: Uint8Array,
): Promise<unknown> {
  const { codec } = connection;
  const decoded = codec === undefined ? bytes : await codec.decode(bytes);
  return readPlain(connection, request, serde, decoded);
}

/** A value in bytes as they are sent. */
export function toBody(
  { codec }: Connection,
  serde: Serde<unknown>,
  value: unknown,
): { readonly body?: Uint8Array; readonly headers: Readonly<Record<string, string>> } {
  const plain = serde.serialize(value);
  const body = codec === undefined ? plain : codec.encode(plain);
  // Nothing has no type: handlers that take no input refuse one.
  if (body.length === 0 && value === undefined) return { headers: {} };
  const { contentType } = serde;
  return { body, headers: contentType === undefined ? {} : { "content-type": contentType } };
}

function hasKey({ idempotencyKey }: AnyOptions): boolean {
  return idempotencyKey !== undefined && idempotencyKey !== "";
}

function toRequest(
  connection: Connection,
  verb: "call" | "send",
  { target, parameter, options, descriptor, fallbackSerde }: Invocation,
): IngressRequest {
  const { idempotencyKey, limitKey, delay, timeout, signal } = options;
  const serde = pickSerde(connection, options.input, descriptor?._inputSerde, fallbackSerde);
  const { body, headers } = toBody(connection, serde, parameter);
  const delayMs = verb === "send" && delay !== undefined ? toExactMillis(delay) : 0;
  return {
    method: "POST",
    path: pathOf(verb, target) + (delayMs > 0 ? `?delay=${Math.ceil(delayMs)}ms` : ""),
    headers: {
      ...lowerCased(options.headers),
      ...headers,
      ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
      ...(limitKey && { "x-restate-limit-key": limitKey }),
    },
    ...(body === undefined ? {} : { body }),
    isRepeatable: hasKey(options),
    timeout,
    signal,
  };
}

/** So that a header of a narrower place replaces that of a wider one, however it is spelled. */
export function lowerCased(
  headers: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function pathOf(verb: "call" | "send", { service, key, handler, scope }: CallTarget): string {
  const target = [service, ...(key === undefined ? [] : [key]), handler];
  const segments =
    scope === undefined
      ? [...target, ...(verb === "send" ? ["send"] : [])]
      : ["restate", "scope", scope, verb, ...target];
  return toPath(segments);
}

/**
 * A path of escaped segments. Throws a `TypeError` for `.` and `..`, which mean something else in a
 * URL, escaped or not: the request would go to another handler.
 */
export function toPath(segments: readonly string[]): string {
  const step = segments.find((segment) => segment === "." || segment === "..");
  if (step === undefined) return segments.map((text) => `/${encodeURIComponent(text)}`).join("");
  throw new TypeError(
    `"${step}" cannot be written into the URL of ${segments.join("/")}: use another name or key`,
  );
}

function readPlain(
  connection: Connection,
  request: IngressRequest,
  serde: Serde<unknown>,
  bytes: Uint8Array,
): unknown {
  try {
    return serde.deserialize(bytes);
  } catch (error) {
    throw malformed(connection, request, error);
  }
}

function malformed({ baseUrl }: Connection, request: IngressRequest, cause?: unknown): ClientError {
  const url = `${baseUrl}${request.path}`;
  const why = cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : cause}`;
  const text =
    `cannot read the answer to ${request.method} ${url}${why}; is this the URL of an ingress, and ` +
    "does the serde fit what the handler gives?";
  return new ClientError(text, { kind: "malformed", url, cause });
}
