/**
 * The server without sockets, for its sister packages, which put it together in another way. Not
 * part of the public API: it changes without notice.
 */
export { Core, type CoreOptions, type EmbeddedEndpoint } from "./core.ts";
export type { Ingress, IngressRequest, IngressResponse } from "./ingress/ingress.ts";
export { outcomeResponse } from "./ingress/responses.ts";
export type { InvocationDetail } from "./introspection/read-invocation.ts";
export { readPayload } from "./journal/journal-reader.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { Log, LogLevel, Ports } from "./ports/ports.ts";
export { resolveDefaults } from "./registry/server-defaults.ts";
export { SERVER_DEFAULTS, type ServerDefaults } from "./registry/snapshot.ts";
export { VERSION } from "./version.ts";
