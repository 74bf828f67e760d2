/** Values of handlers, shown and taken back through the admin API, by services on either side. */

import { createServer as createHttp1Server, type IncomingMessage } from "node:http";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Context, createEndpointHandler, handlers, serde, service } from "@rejoin/sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServer, type TestServer } from "./testing/running-server.ts";

/** Bytes that are JSON in upper case, so that nobody can take one for the other. */
const loud = {
  contentType: "application/x-loud",
  serialize: (value: unknown) => new TextEncoder().encode(JSON.stringify(value).toUpperCase()),
  deserialize: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes).toLowerCase()),
  preview: {
    toJsonString: (value: unknown) => JSON.stringify(value),
    fromJsonString: (text: string) => JSON.parse(text),
  },
};

/** Bytes that a browser would take for a page. */
const page = {
  ...loud,
  contentType: "text/html",
  serialize: (value: unknown) => new TextEncoder().encode(String(value)),
};

const echo = service({
  name: "echo",
  handlers: {
    shown: handlers.handler(
      { input: loud, output: loud },
      async (_ctx: Context, own: unknown) => own,
    ),
    hidden: handlers.handler(
      { input: serde.binary },
      async (_ctx: Context, own: Uint8Array) => own,
    ),
    paged: handlers.handler({ output: page }, async (_ctx: Context, own: unknown) => own),
  },
});

async function convert(server: TestServer, path: string, body: string, query = "") {
  const url = `${server.adminUrl}/internal/services/${path}${query}`;
  const response = await fetch(url, { method: "POST", body });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

async function startEndpoint(): Promise<string> {
  const endpoint = createServer(createEndpointHandler({ services: [echo], logger: () => {} }));
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void endpoint.close());
  return `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
}

async function register(server: TestServer, uri: string, own: object = {}): Promise<string> {
  const { status, json } = await server.call("POST /deployments", { uri, ...own });
  expect(status).toBe(201);
  return json.id;
}

async function startWith(place: "embedded" | "http"): Promise<TestServer> {
  if (place === "embedded") return await startServer({ services: [echo] });
  const server = await startServer();
  await register(server, await startEndpoint());
  return server;
}

describe.each(["embedded", "http"] as const)("values of a service, %s", (place) => {
  it("are shown, and taken back", async () => {
    const server = await startWith(place);
    const shown = await convert(server, "echo/serdes/decode/shown/input", '{"A":"B"}');
    expect(shown).toEqual({ status: 200, type: "application/json", text: '{"a":"b"}' });
    const taken = await convert(server, "echo/serdes/encode/shown/output", '{"a":"b"}');
    expect(taken).toEqual({ status: 200, type: "application/x-loud", text: '{"A":"B"}' });
    const escaped = await convert(server, "echo/serdes/encode/shown%2Foutput", "[]");
    expect(escaped.status).toBe(200);
  });

  it("that cannot be converted are refused, with what the serde says", async () => {
    const server = await startWith(place);
    const broken = await convert(server, "echo/serdes/encode/shown/input", "{");
    expect(broken.status).toBe(422);
    expect(broken.text).toContain("cannot encode echo/shown/input");
  });

  it("without a preview are refused", async () => {
    const server = await startWith(place);
    const hidden = await convert(server, "echo/serdes/decode/hidden/input", "x");
    expect(hidden.status).toBe(500);
    expect(hidden.text).toContain("cannot decode echo/hidden/input");
    const unknown = await convert(server, "echo/serdes/decode/nope/input", "x");
    expect(unknown.status).toBe(500);
    expect(unknown.text).toContain("service echo has no serde nope/input; it has shown/input");
  });
});

it("are no pages of this server, whatever they are called", async () => {
  const server = await startServer({ services: [echo] });
  const url = `${server.adminUrl}/internal/services/echo/serdes/encode/paged/output`;
  const body = JSON.stringify("<script>alert(1)</script>");
  const { headers } = await fetch(url, { method: "POST", body });
  expect(headers.get("content-type")).toBe("text/html");
  expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

describe("what is asked for", () => {
  it("has to be there", async () => {
    const server = await startServer({ services: [echo] });
    const path = "echo/serdes/decode/shown/input";
    expect((await convert(server, "nope/serdes/decode/shown/input", "x")).status).toBe(404);
    expect((await convert(server, "echo/serdes/turn/shown/input", "x")).status).toBe(400);
    expect((await convert(server, path, "1", "?deployment=nope")).status).toBe(400);
    const other = "?deployment=dp_11nGQpCRmau6ypL82KH2TnP";
    expect((await convert(server, path, "1", other)).status).toBe(404);
    expect((await convert(server, path, "1", "?deployment=embedded:main")).status).toBe(200);
  });

  it("is asked of the deployment that is named, as every request to it is", async () => {
    const seen: IncomingMessage[] = [];
    const endpoint = createHttp1Server(async (request, response) => {
      seen.push(request);
      for await (const _chunk of request);
      if (request.url === "/prefix/discover") {
        response.setHeader("content-type", "application/vnd.restate.endpointmanifest.v1+json");
        const handler = { name: "shown" };
        const own = { name: "echo", ty: "SERVICE", handlers: [handler] };
        const range = { minProtocolVersion: 5, maxProtocolVersion: 7 };
        const manifest = { protocolMode: "REQUEST_RESPONSE", ...range, services: [own] };
        response.end(JSON.stringify(manifest));
        return;
      }
      response.statusCode = 418;
      response.end("I cannot");
    });
    await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void endpoint.close());
    const server = await startServer({ services: [echo] });
    const uri = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/prefix`;
    const own = { use_http_11: true, additional_headers: { "x-own": "1" } };
    const id = await register(server, uri, own);
    const path = "echo/serdes/decode/shown/input";
    const answer = await convert(server, path, "x", `?deployment=${id}`);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain("answered 418 for echo/shown/input: I cannot");
    expect(seen.at(-1)).toMatchObject({
      method: "POST",
      url: "/prefix/serdes/echo/decode/shown/input",
      headers: {
        "content-type": "application/octet-stream",
        accept: "application/json",
        "x-restate-serdes-protocol": "v1",
        "x-restate-cluster-name": "localcluster",
        "x-own": "1",
      },
    });
    endpoint.closeAllConnections();
    await new Promise((resolve) => endpoint.close(resolve));
    const gone = await convert(server, path, "x", `?deployment=${id}`);
    expect(gone.status).toBe(500);
    expect(gone.text).toContain("nothing listens at");
  });

  it("has a size", async () => {
    const services = [echo];
    const server = await startServer({ services, limits: { requestBytesMax: 100 } });
    const large = await convert(server, "echo/serdes/decode/shown/input", "1".repeat(101));
    expect(large.status).toBe(413);
    expect(large.text).toContain("a value has 100 bytes at most");
  });
});

describe("what this server does not have", () => {
  it("is said for virtual queues", async () => {
    const server = await startServer();
    const queue = await server.call("POST /vqueues/vq_1/pause");
    expect(queue).toMatchObject({ status: 501 });
    expect(queue.json.message).toContain("has no virtual queues");
    expect((await server.call("POST /vqueues/vq_1/resume")).status).toBe(501);
  });
});
