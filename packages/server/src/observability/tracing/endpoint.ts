/** Where traces are sent. */

/** What is given is no address of a collector. */
export class TracingEndpointError extends Error {
  override readonly name = "TracingEndpointError";
  readonly code = "TRACING_ENDPOINT";
}

const DEFAULT_PATH = "/v1/traces";
const GRPC_PORT = "4317";

export interface TracingEndpoint {
  readonly url: string;
  /** The port is the usual one of OTLP over gRPC, which is not spoken. */
  readonly looksLikeGrpc: boolean;
}

/**
 * An address such as `http://localhost:4318`, to which the usual path is added, or one with a path
 * of its own. `otlp+http://…` is taken for `http://…`.
 */
export function parseTracingEndpoint(text: string): TracingEndpoint {
  const address = text.trim().replace(/^otlp\+/i, "");
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TracingEndpointError(
      `the tracing endpoint ${JSON.stringify(text)} is no address of a collector; give one that takes OTLP over HTTP, such as http://localhost:4318`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new TracingEndpointError(
      "the tracing endpoint has a password; give it as a header instead, such as authorization=…",
    );
  }
  if (url.pathname === "/") url.pathname = DEFAULT_PATH;
  return { url: url.href, looksLikeGrpc: url.port === GRPC_PORT };
}
