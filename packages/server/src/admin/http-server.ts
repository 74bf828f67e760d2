/** The admin API on a socket: whether the server is up, and which version it is. */
import { createServer, type Server } from "node:http";

export interface AdminInfo {
  readonly version: string;
  readonly ingressUrl: string;
}

export function createAdminServer(info: AdminInfo): Server {
  return createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/health") {
      response.writeHead(200).end();
    } else if (path === "/version") {
      const body = JSON.stringify({ version: info.version, ingress_endpoint: info.ingressUrl });
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    } else {
      const body = JSON.stringify({ message: `there is nothing at ${path}`, restate_code: null });
      response.writeHead(404, { "content-type": "application/json" }).end(body);
    }
  });
}
