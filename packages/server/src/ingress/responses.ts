/** The answers of the ingress. */
import {
  formatInvocationId,
  type InvocationKey,
  type Outcome,
  type OutputManifest,
} from "@rejoin/protocol";
import { formatInstant } from "./instants.ts";

export interface IngressResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** A send is durable. */
export function acceptedResponse(accepted: {
  readonly key: InvocationKey;
  readonly scheduledFor: number;
  readonly duplicate: boolean;
}): IngressResponse {
  const invocationId = formatInvocationId(accepted.key);
  const executionTime =
    accepted.scheduledFor === 0 ? {} : { executionTime: formatInstant(accepted.scheduledFor) };
  const status = accepted.duplicate ? "PreviouslyAccepted" : "Accepted";
  const response = json(202, { invocationId, ...executionTime, status });
  return { ...response, headers: { ...response.headers, "x-restate-id": invocationId } };
}

/** A result, or the failure that the invocation ended in. */
export function outcomeResponse(
  key: InvocationKey,
  outcome: Outcome,
  output: OutputManifest,
  expiresAt: number | undefined,
): IngressResponse {
  const id = formatInvocationId(key);
  if (outcome.kind === "failure") {
    const { code, message, metadata } = outcome.failure;
    const status = isErrorStatus(code) ? code : 500;
    const response = errorResponse(status, code, message, "invocation", metadata);
    return { ...response, headers: { ...response.headers, "x-restate-id": id } };
  }
  const headers: Record<string, string> = { "x-restate-id": id };
  const named = outcome.value.length > 0 || output.setContentTypeIfEmpty === true;
  if (named && output.contentType !== undefined) headers["content-type"] = output.contentType;
  if (expiresAt !== undefined) headers["idempotency-expires"] = formatInstant(expiresAt);
  return { status: 200, headers, body: outcome.value };
}

/** A status that can carry a body and ends the exchange; the failure's own code is in the body. */
function isErrorStatus(code: number): boolean {
  return code >= 200 && code <= 999 && code !== 204 && code !== 205 && code !== 304;
}

export function errorResponse(
  status: number,
  code: number,
  message: string,
  source: "ingress" | "invocation",
  metadata?: readonly { readonly key: string; readonly value: string }[],
): IngressResponse {
  const pairs = metadata?.map(({ key, value }) => [key, value] as const);
  const extra = pairs === undefined ? {} : { metadata: Object.fromEntries(pairs) };
  const response = json(status, { code, message, source, ...extra });
  return { ...response, headers: { ...response.headers, "x-restate-error-source": source } };
}

export function json(status: number, value: unknown): IngressResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
