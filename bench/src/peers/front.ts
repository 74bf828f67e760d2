/**
 * The HTTP server in front of a peer that has none of its own, in the process of its workers: what a
 * user of it would write, and what the same client can call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a path answers to a JSON value. */
export type Routes = Readonly<Record<string, (input: never) => Promise<unknown>>>;

export interface Front {
  readonly port: number;
  close(): void;
}

/** Listens on the loopback interface. */
export function openFront(routes: Routes): Promise<Front> {
  const server = createServer((request, response) => {
    answer(routes, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.stack : String(error));
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const close = () => {
        server.closeAllConnections();
        server.close();
      };
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}

async function answer(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const route = routes[request.url ?? ""];
  if (route === undefined) {
    response.statusCode = 404;
    response.end(`there is no ${request.url}`);
    return;
  }
  const output = await route(JSON.parse(Buffer.concat(chunks).toString()) as never);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(output));
}
