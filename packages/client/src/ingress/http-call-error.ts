/** What a request to the ingress rejects with if the answer is an error. */

/** Who has failed: the request at the ingress, or the invocation. */
export type ErrorSource = "ingress" | "invocation";

/** An answer with a status other than 2xx. */
export class HttpCallError extends Error {
  /** That of a failed invocation is its error code, if that can be a status. */
  readonly status: number;
  readonly responseText: string;
  override readonly message: string;
  /** The error code of a failed invocation, or the status. */
  readonly code: number;
  /** The failure's own text, if the body has one; else the whole body. */
  readonly reason: string;
  /** What the failed invocation attached to its error. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** `undefined` if something else has answered. */
  readonly source: ErrorSource | undefined;
  /** The invocation that has failed, if the answer names it. */
  readonly invocationId: string | undefined;

  constructor(status: number, responseText: string, message: string, headers?: Headers) {
    super(message);
    this.name = "HttpCallError";
    this.message = message;
    this.status = status;
    this.responseText = responseText;
    const body = parseBody(responseText);
    this.code = typeof body.code === "number" ? body.code : status;
    this.reason = typeof body.message === "string" ? body.message : responseText;
    this.metadata = toMetadata(body.metadata);
    this.source = toSource(body.source ?? headers?.get("x-restate-error-source"));
    this.invocationId = headers?.get("x-restate-id") ?? undefined;
  }
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // Not of a Rejoin server: the text is all there is.
  }
  return {};
}

function toMetadata(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

function toSource(value: unknown): ErrorSource | undefined {
  return value === "ingress" || value === "invocation" ? value : undefined;
}
