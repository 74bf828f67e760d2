/** Handlers of serverless platforms on a local port, called as their platforms do it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createAdaptorServer } from "@hono/node-server";
import { onTestFinished } from "vitest";
import type { LambdaAnswer, LambdaEvent } from "../../testing/aws.ts";
import type { LoadedProgram } from "./programs.ts";

type Fetch = (request: Request) => Promise<Response>;
type Lambda = (event: LambdaEvent) => Promise<LambdaAnswer>;

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
  if (handler !== undefined) return createLambdaServer(handler as Lambda);
  const fetch = typeof exported === "function" ? exported : (exported as { fetch: Fetch }).fetch;
  return createAdaptorServer({ fetch: fetch as Fetch }) as Server;
}

function createLambdaServer(handler: Lambda): Server {
  return createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await handler({
      path: request.url ?? "/",
      httpMethod: request.method ?? "GET",
      headers,
      body: (await buffer(request)).toString("base64"),
      isBase64Encoded: true,
    });
    response.writeHead(answer.statusCode, answer.headers);
    response.end(Buffer.from(answer.body ?? "", answer.isBase64Encoded ? "base64" : "utf8"));
  });
}
