/** Handlers of serverless platforms on a local port, called as their platforms do it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createAdaptorServer } from "@hono/node-server";
import type { LambdaEndpointHandler } from "@rejoin/sdk/lambda";
import { onTestFinished } from "vitest";
import type { LoadedProgram } from "./programs.ts";

type Fetch = (request: Request) => Promise<Response>;

/** Serves what a program exports, until the test is over; gives its URL. */
export async function listenAs(program: LoadedProgram): Promise<string> {
  const server = createFor(program);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function createFor({ handler, default: exported }: LoadedProgram): Server {
  if (handler !== undefined) return createLambdaServer(handler as LambdaEndpointHandler);
  const fetch = typeof exported === "function" ? exported : (exported as { fetch: Fetch }).fetch;
  return createAdaptorServer({ fetch: fetch as Fetch }) as Server;
}

function createLambdaServer(handler: LambdaEndpointHandler): Server {
  return createServer((request, response) => {
    answer(handler, request, response).catch((error: Error) => response.destroy(error));
  });
}

async function answer(
  handler: LambdaEndpointHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url: path = "/", method: httpMethod = "GET" } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const body = (await buffer(request)).toString("base64");
  const event = { path, httpMethod, headers, body, isBase64Encoded: true };
  const answered = await handler(event, undefined);
  response.writeHead(answered.statusCode, answered.headers);
  response.end(Buffer.from(answered.body, answered.isBase64Encoded ? "base64" : "utf8"));
}
