/**
 * The server's sockets, for its sister packages; apart from `internal.ts`, because they are slow to
 * load. Not part of the public API: it changes without notice.
 */
export { createAdminServer } from "./admin/http-server.ts";
export { createIngressServer } from "./ingress/http-server.ts";
export { listen } from "./listening.ts";
