/** Deployments that are reached through a forward proxy only. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, createEndpointHandler, service } from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { PATIENCE, startServer, type TestServer } from "../admin/testing/running-server.ts";
import { freePort } from "../discovery/testing/endpoints.ts";
import type { OutgoingOptions } from "../identity/outgoing-options.ts";
import { createRealPorts } from "../ports/real-ports.ts";
import { ForwardProxy } from "./forward-proxy.ts";
import { startConnectProxy } from "./testing/connect-proxy.ts";

const worker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, text: string): Promise<string> => {
      const [length] = await Promise.all([
        ctx
          .serviceClient<{ count: (ctx: Context, text: string) => Promise<number> }>({
            name: "worker",
          })
          .count(text),
        ctx.sleep(1),
      ]);
      return `${text}${length}`;
    },
    count: async (_ctx: Context, text: string): Promise<number> => text.length,
  },
});

type Listener = ReturnType<typeof createEndpointHandler>;
type Serve = (listener: Listener) => Server;

let folder: string | undefined;
let tls: { readonly key: Buffer; readonly cert: Buffer } | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rejoin-proxy-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const args =
    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=orders.test -addext subjectAltName=DNS:orders.test";
  const made = spawnSync("openssl", [...args.split(" "), "-keyout", key, "-out", cert]);
  if (made.status === 0) tls = { key: await readFile(key), cert: await readFile(cert) };
});

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

async function serveWorker(serve: Serve): Promise<number> {
  const listener = createEndpointHandler({ services: [worker], logger: () => undefined });
  const server = serve(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

const overHttp1: Serve = (listener) => createHttp1Server(listener);
const overHttp2: Serve = (listener) => createHttp2Server(listener) as unknown as Server;
const overTls =
  (onlyHttp1: boolean): Serve =>
  (listener) =>
    onlyHttp1
      ? createHttpsServer({ ...tls }, listener)
      : (createSecureServer({ ...tls, allowHTTP1: true }, listener) as unknown as Server);

function startBehind(outgoing: Partial<OutgoingOptions>): Promise<TestServer> {
  return startServer({
    outgoing,
    defaults: { retryPolicy: { initialIntervalMs: 10, maxAttempts: 2, onMaxAttempts: "pause" } },
  });
}

interface Way {
  readonly serve: Serve;
  readonly scheme: "http" | "https";
  readonly useHttp11: boolean;
}

describe("calls go through the proxy", () => {
  it.for<[string, Way]>([
    ["HTTP/2", { serve: overHttp2, scheme: "http", useHttp11: false }],
    ["HTTP/1.1", { serve: overHttp1, scheme: "http", useHttp11: true }],
    ["HTTP/2 with TLS", { serve: overTls(false), scheme: "https", useHttp11: false }],
    ["HTTP/1.1 with TLS", { serve: overTls(true), scheme: "https", useHttp11: true }],
  ])("over %s, and discovery does", async ([, { serve, scheme, useHttp11 }], { skip }) => {
    skip(scheme === "https" && tls === undefined, "there is no openssl for a certificate");
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", scheme === "https" ? "0" : "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const proxy = await startConnectProxy();
    const port = await serveWorker(serve);
    const server = await startBehind({ httpProxy: proxy.url });
    const uri = `${scheme}://orders.test:${port}`;
    const registered = await server.call("POST /deployments", { uri, use_http_11: useHttp11 });
    expect(registered).toMatchObject({ status: 201 });
    const text = "x".repeat(1_000_000);
    expect((await server.invoke("/worker/run", text)).json).toBe(`${text}1000000`);
    expect(new Set(proxy.targets)).toEqual(new Set([`orders.test:${port}`]));
    const before = proxy.targets.length;
    proxy.cut();
    expect((await server.invoke("/worker/run", "ab")).json).toBe("ab2");
    expect(proxy.targets.length).toBeGreaterThan(before);
  });

  it("also when the deployment is faster to speak than the proxy", async () => {
    const proxy = await startConnectProxy();
    const port = await serveWorker(overHttp2);
    const server = await startBehind({ httpProxy: proxy.url });
    const uri = `http://early.test:${port}`;
    expect((await server.call("POST /deployments", { uri })).status).toBe(201);
    expect((await server.invoke("/worker/run", "ab")).json).toBe("ab2");
  });

  it("with its user and password, which are said to nobody", async () => {
    const proxy = await startConnectProxy();
    const port = await serveWorker(overHttp2);
    const httpProxy = `ada:s%40cret@${proxy.host}`;
    const server = await startBehind({ httpProxy });
    const uri = `http://orders.test:${port}`;
    expect((await server.call("POST /deployments", { uri })).status).toBe(201);
    const basic = `Basic ${Buffer.from("ada:s@cret").toString("base64")}`;
    expect(proxy.authorizations[0]).toBe(basic);
  });

  it("but not to this machine, and not to what is on the list", async () => {
    const proxy = await startConnectProxy();
    const port = await serveWorker(overHttp2);
    const server = await startBehind({ httpProxy: proxy.url, noProxy: ["*.internal.test"] });
    const uri = `http://127.0.0.1:${port}`;
    expect((await server.call("POST /deployments", { uri })).status).toBe(201);
    expect((await server.invoke("/worker/run", "ab")).json).toBe("ab2");
    expect(proxy.targets).toEqual([]);
  });
});

describe("a proxy that does not connect", () => {
  it.each(["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])(
    "is named, with its status %s",
    async (refuse) => {
      const proxy = await startConnectProxy({ refuse });
      const server = await startBehind({ httpProxy: `http://ada:secret@${proxy.host}` });
      const uri = "http://orders.test:9080";
      const refused = await server.call("POST /deployments", { uri });
      expect(refused.status).toBe(500);
      expect(refused.json.message).toContain(
        `the proxy at ${proxy.host} refused to connect to orders.test:9080 (${refuse}): `,
      );
      expect(refused.text).not.toContain("secret");
      // Only what may go well a moment later is tried again.
      expect(proxy.targets.length === 1).toBe(!refuse.startsWith("5"));
    },
  );

  it.each([false, true])("fails attempts with the reason (HTTP/1.1: %s)", async (useHttp11) => {
    const options: { refuse?: string } = {};
    const proxy = await startConnectProxy(options);
    const port = await serveWorker(useHttp11 ? overHttp1 : overHttp2);
    const server = await startBehind({ httpProxy: proxy.url });
    const uri = `http://orders.test:${port}`;
    const request = { uri, use_http_11: useHttp11 };
    expect((await server.call("POST /deployments", request)).status).toBe(201);
    options.refuse = "403 Forbidden";
    const { invocationId } = (await server.invoke("/worker/count/send", "ab")).json;
    const read = async () => (await server.call(`GET /invocations/${invocationId}`)).json;
    await expect.poll(read, PATIENCE).toMatchObject({
      status: "paused",
      last_failure_error_code: "RT0010",
      last_failure: expect.stringContaining(`refused to connect to orders.test:${port} (403 Forb`),
    });
  });

  it("because it is not there is not taken for the deployment", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    await expect(openThrough(`http://${host}`, 5000)).rejects.toMatchObject({
      message: expect.stringContaining(
        `the proxy at ${host}, through which orders.test:9080 is reached, does not answer`,
      ),
      isTransient: true,
    });
  });

  it("because it is silent is not waited for", async () => {
    const { url } = await startConnectProxy({ silent: true });
    await expect(openThrough(url, 50)).rejects.toMatchObject({
      message: expect.stringContaining("has not connected to orders.test:9080 within 0.05 s"),
      isTransient: true,
    });
  });
});

async function openThrough(httpProxy: string, connectTimeoutMs: number): Promise<unknown> {
  const ports = createRealPorts(() => undefined);
  const proxy = new ForwardProxy({ httpProxy, noProxy: [], connectTimeoutMs }, ports);
  return await proxy.tunnelTo(new URL("http://orders.test:9080"))?.open();
}

it.each(["ftp://proxy", "https://:1", "http://a b", "http://ada:%zz@proxy"])(
  "%j is no proxy, and is not repeated",
  async (httpProxy) => {
    await expect(startBehind({ httpProxy })).rejects.toMatchObject({
      code: "HTTP_PROXY",
      message: expect.not.stringContaining(httpProxy),
    });
  },
);
