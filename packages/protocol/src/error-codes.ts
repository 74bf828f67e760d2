/**
 * The catalogue of errors that operators see (`RT…`, `META…`) and the codes that failures carry.
 */

/** Every catalogue code and what it means. */
export const ERROR_CODES = {
  RT0001: "the attempt was aborted: the abort timeout fired, or its memory budget ran out",
  RT0002: "the configuration cannot be read",
  RT0003: "a message of the endpoint is larger than the size limit",
  RT0004: "a listener could not take its address",
  RT0005: "another process holds the storage directory",
  RT0006: "the server could not read its own data during an invocation",
  RT0007: "the handler or its SDK failed and may be retried, or the stream ended without a verdict",
  RT0009: "the storage has no format marker, or one of another version",
  RT0010: "the network towards the endpoint failed, or a gateway answered 502 or 504",
  RT0011: "no deployment serves the service, or the invocation's own deployment is gone",
  RT0012: "the endpoint broke the service protocol",
  RT0013: "server and endpoint have no protocol version in common for a new invocation",
  RT0014: "a running invocation uses a protocol version that the server no longer speaks",
  RT0015: "the endpoint refused the negotiated protocol version with status 415",
  RT0016: "the journal does not match what the code does",
  RT0017: "a command is not allowed for this service or handler",
  RT0018: "the called service or handler is not registered",
  RT0019: "the endpoint refused the request as too large with status 413",
  RT0020: "the service runs on a deployment whose protocol versions are deprecated",
  RT0021: "the inactivity timeout has no effect in request-response mode",
  RT0022: "a retention was reduced to the allowed maximum",
  RT0023: "the endpoint limits the request rate with status 429 or 503",
  RT0024: "a scope or limit key is invalid or not available",
  RT0025: "what the invocation awaits is nested too deeply",
  META0003: "discovery could not reach the endpoint, or it answered with an error status",
  META0004: "the address is registered already",
  META0005: "the service name is reserved",
  META0006: "the new revision changes the type of the service",
  META0009: "the source or the sink of a subscription is invalid",
  META0010: "the metadata storage was written by an incompatible version",
  META0011: "the metadata storage has no format marker",
  META0012: "server and endpoint have no protocol version in common at registration",
  META0013: "the discovery response is malformed",
  META0014: "the endpoint seems to speak HTTP/1.1 only",
  META0015: "the endpoint announces bidirectional streams over a transport without them",
  META0016: "the update changes the deployment's protocol versions, or too much else",
  META0017: "several deployments share the address, so it is not clear which one to replace",
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Codes of failures and attempt errors with a meaning of their own, and their display names. */
export const INVOCATION_ERROR_NAMES = {
  400: "Bad request",
  404: "Not found",
  408: "Request timeout",
  409: "Aborted",
  410: "Gone",
  413: "Content too large",
  415: "Unsupported media type",
  470: "Not ready",
  500: "Internal",
  570: "Journal mismatch",
  571: "Protocol violation",
  572: "Awaiting two async results",
  573: "Unsupported feature",
  598: "Closed",
  599: "Suspended",
} as const;

/** The same codes by what they stand for. */
export const InvocationErrorCode = {
  badRequest: 400,
  notFound: 404,
  requestTimeout: 408,
  aborted: 409,
  gone: 410,
  contentTooLarge: 413,
  unsupportedMediaType: 415,
  notReady: 470,
  internal: 500,
  journalMismatch: 570,
  protocolViolation: 571,
  awaitingTwoAsyncResults: 572,
  unsupportedFeature: 573,
  closed: 598,
  suspended: 599,
} as const satisfies Readonly<Record<string, keyof typeof INVOCATION_ERROR_NAMES>>;
export type InvocationErrorCode = (typeof InvocationErrorCode)[keyof typeof InvocationErrorCode];

const names: Readonly<Record<number, string>> = INVOCATION_ERROR_NAMES;

/** A code as people read it: `500 Internal`, or the number alone for codes of users. */
export function formatInvocationErrorCode(code: number): string {
  const name = names[code];
  return name === undefined ? String(code) : `${code} ${name}`;
}
