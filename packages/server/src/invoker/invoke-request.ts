/** The request that starts an attempt, whatever carries it. */
import { formatInvocationId, HEADERS, invocationContentType } from "@rejoin/protocol";
import type { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import type { AttemptRequest } from "./transport.ts";

/** Below the prefix of the deployment's address. */
export function invokePath({ service, handler }: AttemptRequest): string {
  return `/invoke/${service}/${handler}`;
}

export interface InvokeHeadersOptions {
  readonly outgoing: OutgoingHeaders;
  /** The deployment's own. */
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

export function invokeHeaders(
  request: AttemptRequest,
  { outgoing, additionalHeaders }: InvokeHeadersOptions,
): Record<string, string> {
  const { key, objectKey, version } = request;
  const contentType = invocationContentType(version);
  const serviceKey =
    objectKey === "" ? {} : { [HEADERS.serviceKey]: encodeURIComponent(objectKey) };
  return {
    ...outgoing.of(invokePath(request), objectKey, additionalHeaders),
    [HEADERS.contentType]: contentType,
    [HEADERS.accept]: contentType,
    [HEADERS.invocationId]: formatInvocationId(key),
    ...serviceKey,
    ...request.traceHeaders,
    ...request.authHeaders,
  };
}
