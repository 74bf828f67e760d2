/**
 * Events of AWS Lambda that are HTTP requests, and their answers.
 *
 * | sent by                          | path      | method                       | headers         |
 * |----------------------------------|-----------|------------------------------|-----------------|
 * | a server that calls the function | `path`    | `httpMethod`                 | as sent         |
 * | API Gateway's REST API (v1)      | `path`    | `httpMethod`                 | as sent         |
 * | API Gateway's HTTP API (v2)      | `rawPath` | `requestContext.http.method` | in lower case   |
 * | a function URL                   | `rawPath` | `requestContext.http.method` | in lower case   |
 */
import type { HttpRequestHeaders, HttpResponseHeaders } from "../http/http-exchange.ts";

/** What of an event says which request it is; the types of all its senders fit. */
export interface LambdaEvent {
  readonly path?: string | undefined;
  readonly rawPath?: string | undefined;
  readonly httpMethod?: string | undefined;
  readonly requestContext?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

/** What AWS Lambda makes a response of. */
export interface LambdaAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

/** The request of an event. */
export interface EventRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: HttpRequestHeaders;
  readonly body: Uint8Array;
}

/** The request that `event` is, or undefined when it is none. */
export function parseEvent(event: LambdaEvent): EventRequest | undefined {
  const path = event.path ?? event.rawPath;
  const context = event.requestContext as { http?: { method?: string } } | null | undefined;
  const method = event.httpMethod ?? context?.http?.method;
  if (path === undefined || method === undefined) return undefined;
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded === true ? "base64" : "utf8");
  return { method, path, headers, body };
}

/** An answer with bytes. */
export function toBinaryAnswer(
  statusCode: number,
  headers: HttpResponseHeaders,
  body: Uint8Array,
): LambdaAnswer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const base64 = bytes.toString("base64");
  return { statusCode, headers: { ...headers }, body: base64, isBase64Encoded: true };
}
