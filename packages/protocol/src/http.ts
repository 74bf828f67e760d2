/** Content types and header names of the HTTP exchanges between server, services and users. */
import type { ProtocolVersion } from "./messages.ts";

/** The protocol versions of this package, oldest first. */
export const PROTOCOL_VERSIONS = [5, 6, 7] as const satisfies readonly ProtocolVersion[];

/** The versions of the discovery manifest. */
export type ManifestVersion = 1 | 2 | 3 | 4;
/** The manifest versions, oldest first. */
export const MANIFEST_VERSIONS = [1, 2, 3, 4] as const satisfies readonly ManifestVersion[];

/** The manifest's content types, in the order in which a server lists them in `accept`. */
export const MANIFEST_CONTENT_TYPES: readonly string[] = MANIFEST_VERSIONS.map(manifestContentType);

/** The `accept` header of a discovery request. */
export const MANIFEST_ACCEPT = MANIFEST_CONTENT_TYPES.join(", ");

/** Header names, in lower case. */
export const HEADERS = {
  accept: "accept",
  contentType: "content-type",
  /** `inv_1…`: on invoke requests. */
  invocationId: "x-restate-invocation-id",
  /** The percent-encoded key of a keyed target: on invoke requests. */
  serviceKey: "x-restate-service-key",
  /** SDK name and version: on every response of an endpoint. */
  server: "x-restate-server",
  clusterName: "x-restate-cluster-name",
  /** `v1` or `unsigned`: on every request to an endpoint that is signed. */
  signatureScheme: "x-restate-signature-scheme",
  /** The request's identity token. */
  identityToken: "x-restate-jwt-v1",
  serdesProtocol: "x-restate-serdes-protocol",
  /** The first header of an Input that came through the ingress: path and query. */
  ingressPath: "x-restate-ingress-path",
  /** `inv_1…`: on ingress responses. */
  id: "x-restate-id",
  /** `ingress` or `invocation`: on ingress error responses. */
  errorSource: "x-restate-error-source",
  scope: "x-restate-scope",
  limitKey: "x-restate-limit-key",
  idempotencyKey: "idempotency-key",
  idempotencyExpires: "idempotency-expires",
  retryAfter: "retry-after",
  traceParent: "traceparent",
  traceState: "tracestate",
} as const;

const INVOCATION_TYPE = /^application\/vnd\.restate\.invocation\.v(\d{1,3})$/;
const MANIFEST_TYPE = /^application\/vnd\.restate\.endpointmanifest\.v([1-4])\+json$/;

/** The content type of an invocation's stream, in both directions. */
export function invocationContentType(version: ProtocolVersion): string {
  return `application/vnd.restate.invocation.v${version}`;
}

/** The version that a content type names, undefined unless this package speaks it. */
export function parseInvocationContentType(contentType: string): ProtocolVersion | undefined {
  const version = Number(INVOCATION_TYPE.exec(contentType)?.[1]);
  return PROTOCOL_VERSIONS.find((known) => known === version);
}

/** The content type of a manifest. */
export function manifestContentType(version: ManifestVersion): string {
  return `application/vnd.restate.endpointmanifest.v${version}+json`;
}

/** The version that a manifest's content type names; it must be exact, without parameters. */
export function parseManifestContentType(contentType: string): ManifestVersion | undefined {
  const version = Number(MANIFEST_TYPE.exec(contentType)?.[1]);
  return MANIFEST_VERSIONS.find((known) => known === version);
}

/** The newest manifest version of at least `oldest` that an `accept` header lists. */
export function pickManifestVersion(
  accept: string,
  oldest: ManifestVersion = 1,
): ManifestVersion | undefined {
  const listed = accept.split(",").map((range) => (range.split(";")[0] ?? "").trim());
  return MANIFEST_VERSIONS.findLast(
    (version) => version >= oldest && listed.includes(manifestContentType(version)),
  );
}
