/** The admin API on a socket. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { toErrorBody } from "./api-error.ts";
import { createHostCheck, isLoopbackAddress } from "./host-check.ts";
import { createLazyListener } from "./lazy-listener.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";

export interface AdminServer {
  /** Listens and emits errors like any server of `node:net`. */
  readonly server: Server;
  /** Ends all connections. */
  destroy(): void;
}

export interface AdminServerOptions {
  /** Names by which the API may be reached; without them it depends on the address. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Where it will listen, as `host:port`. */
  readonly address?: string | undefined;
}

export function createAdminServer(
  ports: AdminPorts,
  limits: AdminLimits,
  { allowedHosts, address }: AdminServerOptions = {},
): AdminServer {
  const handle = createLazyListener(ports, limits);
  const isLoopback = () => isOnLoopback(server);
  const check = createHostCheck({ allowed: allowedHosts, address, isLoopback });
  const server = createServer((request, response) => {
    const { method = "GET", headers } = request;
    const reason = check({ method, headers });
    if (reason === undefined) return handle(request, response);
    request.resume();
    refuse(response, reason);
  });
  return { server, destroy: () => server.closeAllConnections() };
}

function isOnLoopback(server: Server): boolean {
  const address = server.address();
  return typeof address === "object" && address !== null && isLoopbackAddress(address.address);
}

function refuse(response: ServerResponse, reason: string): void {
  response.writeHead(403, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(toErrorBody(reason, undefined)));
}
