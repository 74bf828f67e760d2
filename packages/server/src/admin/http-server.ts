/** The admin API on a socket. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createAdminApp } from "./app.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";

export interface AdminServer {
  /** Listens and emits errors like any server of `node:net`. */
  readonly server: Server;
  /** Ends all connections. */
  destroy(): void;
}

export function createAdminServer(ports: AdminPorts, limits: AdminLimits): AdminServer {
  const app = createAdminApp(ports, limits);
  // The globals of the process that this is embedded in stay as they are.
  const handle = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void handle(request, response));
  return { server, destroy: () => server.closeAllConnections() };
}
