/**
 * Identity tokens from a metadata server. In a process of its own: the library keeps what it has found
 * out about the machine.
 */
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { type Context, createEndpointHandler, service } from "@rejoin/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { PATIENCE, startServer } from "../admin/testing/running-server.ts";
import { ManualPorts } from "../testing/manual-ports.ts";
import { GoogleIdTokens } from "./id-tokens.ts";

const AUTH = { kind: "googleIdToken" } as const;
const HOUR_S = 3600;
const ACCOUNT = "invoker@project.iam.gserviceaccount.com";

const asked: string[] = [];
let answer: (audience: string) => { readonly status: number; readonly text: string };
let google: Server;
let origin: string;

function tokenFor(audience: string, expiresInS = HOUR_S, nowMs = Date.now()): string {
  const exp = Math.floor(nowMs / 1000) + expiresInS;
  const parts = [{ alg: "none" }, { aud: audience, exp, number: asked.length }];
  return [
    ...parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")),
    "x",
  ].join(".");
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  const own = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://metadata");
    response.setHeader("metadata-flavor", "Google");
    const send = (status: number, text: string, type = "application/text") =>
      response.writeHead(status, { "content-type": type }).end(text);
    if (url.pathname.endsWith("/identity")) {
      const audience = url.searchParams.get("audience") ?? "";
      asked.push(audience);
      const { status, text } = answer(audience);
      return send(status, text);
    }
    if (url.pathname.endsWith("/token")) {
      return send(200, '{"access_token":"own","expires_in":3600}', "application/json");
    }
    if (url.pathname.endsWith(":generateIdToken")) {
      return void readBody(request).then((body) => {
        const { audience } = JSON.parse(body) as { audience: string };
        asked.push(
          `${url.pathname.split("/").at(-1)} ${request.headers.authorization} ${audience}`,
        );
        const token = tokenFor(audience);
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ token }));
      });
    }
    return send(200, url.pathname.endsWith("/universe-domain") ? "googleapis.com" : "ok");
  });
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  google = own;
  const host = `127.0.0.1:${(own.address() as AddressInfo).port}`;
  origin = `http://${host}`;
  process.env.GCE_METADATA_HOST = host;
  process.env.METADATA_SERVER_DETECTION = "assume-present";
  process.env.GOOGLE_CLOUD_PROJECT = "project";
  // Whoever runs this may have credentials of their own.
  process.env.CLOUDSDK_CONFIG = "/nowhere";
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
});

afterAll(() => google.close());

beforeEach(() => {
  asked.length = 0;
  answer = (audience) => ({ status: 200, text: tokenFor(audience) });
});

describe("a token", () => {
  const uri = "https://orders.test/prefix";

  it("is asked for once, for the origin of the address, until shortly before its end", async () => {
    const ports = new ManualPorts();
    answer = (audience) => ({ status: 200, text: tokenFor(audience, HOUR_S, ports.clock.now()) });
    const tokens = new GoogleIdTokens({ ports, timeoutMs: 5000 });
    expect(tokens.peek(AUTH, uri)).toBeUndefined();
    const [one, two] = await Promise.all([tokens.get(AUTH, uri), tokens.get(AUTH, uri)]);
    expect(one).toEqual(two);
    expect(tokens.peek(AUTH, uri)).toEqual(one);
    expect(one.authorization).toMatch(/^Bearer \S+\.\S+\.x$/);
    expect(asked).toEqual(["https://orders.test"]);
    await ports.advance((HOUR_S - 301) * 1000);
    expect(await tokens.get(AUTH, uri)).toEqual(one);
    await ports.advance(2000);
    expect(tokens.peek(AUTH, uri)).toBeUndefined();
    expect(await tokens.get(AUTH, uri)).not.toEqual(one);
    expect(asked).toHaveLength(2);
  });

  it("is one for each audience, and each account", async () => {
    const ports = new ManualPorts();
    const tokens = new GoogleIdTokens({ ports, timeoutMs: 5000, iamEndpoint: origin });
    await tokens.get({ ...AUTH, audience: "https://other.test" }, uri);
    const impersonating = { ...AUTH, impersonateServiceAccount: ACCOUNT };
    await tokens.get(impersonating, uri);
    await tokens.get(impersonating, uri);
    expect(asked).toEqual([
      "https://other.test",
      `${ACCOUNT}:generateIdToken Bearer own https://orders.test`,
    ]);
  });

  it("that cannot be had is not waited for, and asked for again", async () => {
    const ports = new ManualPorts();
    const tokens = new GoogleIdTokens({ ports, timeoutMs: 5000 });
    answer = () => ({ status: 403, text: "no" });
    await expect(tokens.get(AUTH, uri)).rejects.toThrow(
      /^no Google identity token for https:\/\/orders\.test: .*403.*credentials/,
    );
    answer = (audience) => ({ status: 200, text: tokenFor(audience) });
    expect(await tokens.get(AUTH, uri)).toHaveProperty("authorization");
  });
});

const worker = service({
  name: "worker",
  handlers: { run: async (_ctx: Context, n: number): Promise<number> => n + 1 },
});

async function serveWorker() {
  const seen: (string | undefined)[] = [];
  const listener = createEndpointHandler({ services: [worker], logger: () => undefined });
  const server = createHttp2Server((request, response) => {
    seen.push(request.headers.authorization);
    listener(request as never, response as never);
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

describe("a deployment", () => {
  const retryPolicy = { initialIntervalMs: 10, maxAttempts: 2, onMaxAttempts: "pause" } as const;

  it("is asked with a token, at its registration and by attempts", async () => {
    const { uri, seen } = await serveWorker();
    const server = await startServer();
    const auth = { GoogleIdToken: { audience: "https://orders.test" } };
    const registered = await server.call("POST /deployments", { uri: `${uri}/`, auth });
    expect(registered.status).toBe(201);
    const { json } = await server.call(`GET /deployments/${registered.json.id}`);
    expect(json.auth).toEqual(auth);
    expect((await server.invoke("/worker/run", 1)).json).toBe(2);
    expect((await server.invoke("/worker/run", 2)).json).toBe(3);
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatch(/^Bearer /);
    expect(asked).toEqual(["https://orders.test"]);
    const kept = await server.call(`PATCH /deployments/${registered.json.id}`, { overwrite: true });
    expect(kept.json.auth).toEqual(auth);
  });

  it("is not registered without its token, and attempts wait for theirs", async () => {
    const { uri } = await serveWorker();
    const server = await startServer({ defaults: { retryPolicy } });
    const register = (audience: string) =>
      server.call("POST /deployments", { uri, auth: { GoogleIdToken: { audience } } });
    answer = () => ({ status: 404, text: "no account" });
    const refused = await register("https://a.test");
    expect(refused).toMatchObject({ status: 500, json: { restate_code: "META0003" } });
    expect(refused.json.message).toContain("no Google identity token for https://a.test");
    // This one is as short as can be, so that the attempt needs another.
    answer = (audience) => ({ status: 200, text: tokenFor(audience, 0) });
    expect((await register("https://a.test")).status).toBe(201);
    answer = () => ({ status: 404, text: "no account" });
    const { invocationId } = (await server.invoke("/worker/run/send", 1)).json;
    const read = async () => (await server.call(`GET /invocations/${invocationId}`)).json;
    await expect.poll(read, PATIENCE).toMatchObject({
      status: "paused",
      last_failure_error_code: "RT0010",
      last_failure: expect.stringContaining("no Google identity token for https://a.test"),
    });
    answer = (audience) => ({ status: 200, text: tokenFor(audience) });
    await server.call(`PATCH /invocations/${invocationId}/resume`);
    await expect.poll(read, PATIENCE).toMatchObject({ status: "completed" });
  });

  it("without TLS must be on a private host", async () => {
    const server = await startServer();
    const body = { uri: "http://orders-abc.run.app", auth: { GoogleIdToken: {} } };
    const refused = await server.call("POST /deployments", body);
    expect(refused).toMatchObject({ status: 400 });
    const unknown = { uri: "https://h.test", auth: { Basic: {} } };
    expect((await server.call("POST /deployments", unknown)).status).toBe(422);
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:f:1";
    const lambda = await server.call("POST /deployments", { arn, auth: { GoogleIdToken: {} } });
    expect(lambda.json.message).toContain("auth does not go with arn");
  });
});
