/** Deployments over HTTP/1.1 and TLS, written with the reference SDK, on a server as it is installed. */
import type { RequestListener } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as rejoin from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { pollInvocation } from "./support/admin-client.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import { type RejoinServer as OwnServer, startRejoinServer } from "./support/rejoin-command.ts";
import {
  planRejoinServer,
  type RejoinServer,
  startRejoinServer as startShared,
} from "./support/rejoin-server.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";
import { type Authority, createAuthority } from "./testing/authority.ts";
import { type CountedServer, countOf, serveCounted } from "./testing/counted-http1.ts";
import { announcedKey, createKeyFile } from "./testing/identity-key.ts";
import { createGuideWorker, loadReferenceSdk } from "./testing/reference-sdk.ts";

type Sdk = Awaited<ReturnType<typeof loadReferenceSdk>>["sdk"];
type Endpoint = Parameters<Sdk["createEndpointHandler"]>[0];

const quiet = () => undefined;
const waitMs = 3000;
const patience = { timeout: 10_000 };
const MIB = 1 << 20;
let sdk: Sdk;
let directory: TemporaryDirectory;
let authority: Authority;
/** It signs its requests, sends headers of its own, and trusts the authority. */
let server: RejoinServer;

beforeAll(async () => {
  ({ sdk } = await loadReferenceSdk());
  directory = await createTemporaryDirectory();
  authority = await createAuthority(directory.path);
  server = startShared({
    ...(await planRejoinServer(join(directory.path, "data"))),
    variables: {
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: await createKeyFile(directory.path),
      REJOIN_CLUSTER_NAME: "here",
      REJOIN_ADDITIONAL_REQUEST_HEADERS: "x-both=server, x-server=yes",
      NODE_EXTRA_CA_CERTS: authority.file,
    },
  });
  await server.ready();
}, 60_000);

afterAll(async () => {
  await server.kill();
  await directory.remove();
});

/** Another server, for this test. */
async function startServer(variables: Record<string, string> = {}): Promise<OwnServer> {
  const own = await createTemporaryDirectory();
  onTestFinished(() => own.remove());
  return startRejoinServer({ dataDir: own.path, variables });
}

/** The services over HTTP/1.1, request for answer unless they are to stream. */
async function serve(endpoint: Endpoint, options: ServeOptions = {}): Promise<CountedServer> {
  const handler = (options.sdk ?? sdk).createEndpointHandler({
    logger: quiet,
    ...endpoint,
    bidirectional: options.bidirectional ?? false,
  }) as unknown as RequestListener;
  const { tls, prefix = "" } = options;
  const served = await serveCounted(
    (incoming, response) => {
      incoming.url = incoming.url?.slice(prefix.length);
      handler(incoming, response);
    },
    tls === undefined ? {} : { tls },
  );
  onTestFinished(() => served.close());
  return served;
}

interface ServeOptions {
  readonly sdk?: Sdk;
  readonly bidirectional?: boolean;
  readonly prefix?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

type Urls = Pick<RejoinServer, "adminUrl">;

async function registerAt(at: Urls, uri: string, rest: object = {}): Promise<string> {
  const body = { uri, use_http_11: true, ...rest };
  const answer = await request(`${at.adminUrl}/deployments`, { body });
  expect(answer.status, answer.text).toBe(201);
  return (answer.json() as { id: string }).id;
}

async function readDeployment({ adminUrl }: Urls, id: string): Promise<unknown> {
  return (await request(`${adminUrl}/deployments/${id}`, { method: "GET" })).json();
}

describe("request for answer", () => {
  it.each([
    ["the reference SDK", () => sdk],
    ["our SDK", () => rejoin as unknown as Sdk],
  ])(
    "runs the guide's worker on %s, suspended while it waits, one request a wait",
    async (_, load) => {
      const own = load();
      const served = await serve({ services: [createGuideWorker(own, waitMs)] }, { sdk: own });
      const id = await registerAt(server, served.url);
      expect(await readDeployment(server, id)).toMatchObject({
        protocol_type: "RequestResponse",
        http_version: "HTTP/1.1",
      });

      const task = { description: "a,b,c,d,e" };
      const { invocationId } = await send(`${server.ingressUrl}/worker/run/send`, { body: task });
      await expect.poll(() => countOf(served, "/invoke/worker/runSubtask"), patience).toBe(5);
      await expect.poll(() => served.openCount, patience).toBe(0);
      await pollInvocation(server.adminUrl, invocationId, ({ status }) => status === "suspended");
      expect(countOf(served, "/invoke/worker/run")).toBe(2);

      const result = await attach(server.ingressUrl, invocationId);
      expect(result.json()).toEqual({
        description: "a: DONE,b: DONE,c: DONE,d: DONE,e: DONE",
      });
      // It waits for the result of its `run`, and for all subtasks at once.
      expect(countOf(served, "/invoke/worker/run")).toBe(3);
      // Each waits for its timer.
      expect(countOf(served, "/invoke/worker/runSubtask")).toBe(10);
    },
  );

  it("uses connections again, and few of them", async () => {
    const [narrow, served] = [
      await startServer({ REJOIN_LIMITS__HTTP1_CONNECTIONS_MAX: "3" }),
      await serve({ services: [createGuideWorker(sdk, 1)] }),
    ];
    await registerAt(narrow, served.url);
    const description = Array.from({ length: 50 }, (_, i) => `part ${i}`).join(",");
    const result = await call<{ description: string }>(`${narrow.ingressUrl}/worker/run`, {
      description,
    });
    expect(result.description.split(",")).toHaveLength(50);
    const used = new Set(served.requests.slice(1).map(({ connection }) => connection));
    expect(countOf(served, "/invoke/worker/runSubtask")).toBe(100);
    // An idle one is given up after a while, which a busy machine makes more frequent.
    expect(used.size).toBeLessThan(50);
  });

  it("tells the length of a request that is at hand, and carries 5 MiB both ways", async () => {
    const echo = sdk.service({
      name: "echo",
      handlers: { echo: async (_ctx: unknown, text: string) => text },
    });
    const served = await serve({ services: [echo] });
    await registerAt(server, served.url);
    expect(await call(`${server.ingressUrl}/echo/echo`, "short")).toBe("short");
    expect(served.requests.at(-1)?.headers).toMatchObject({ "content-length": expect.anything() });
    const text = "z".repeat(5 * MIB);
    expect(await call<string>(`${server.ingressUrl}/echo/echo`, text)).toHaveLength(text.length);
  });

  it("sends what the deployment and the configuration say, below a prefix", async () => {
    const services = [createGuideWorker(sdk, 1)];
    const served = await serve({ services }, { prefix: "/some/where" });
    const additional_headers = { "x-both": "deployment", "x-own": "1" };
    await registerAt(server, `${served.url}/some/where?q=1`, { additional_headers });
    await call(`${server.ingressUrl}/worker/runSubtask`, { description: "one" });
    const expected = {
      "x-both": "deployment",
      "x-own": "1",
      "x-server": "yes",
      "x-restate-cluster-name": "here",
    };
    expect(served.requests.map(({ path }) => path)).toEqual([
      "/some/where/discover?q=1",
      "/some/where/invoke/worker/runSubtask?q=1",
      "/some/where/invoke/worker/runSubtask?q=1",
    ]);
    for (const { headers } of served.requests) expect(headers).toMatchObject(expected);
  });
});

describe("an endpoint that does not answer", () => {
  it("is given up after the abort timeout, with its connection", async () => {
    const mute = sdk.service({
      name: "mute",
      handlers: { wait: () => new Promise<void>(() => undefined) },
      options: { abortTimeout: 200 },
    });
    const served = await serve({ services: [mute] });
    await registerAt(server, served.url);
    const { invocationId } = await send(`${server.ingressUrl}/mute/wait/send`);
    const failed = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ last_failure }) => last_failure !== undefined,
    );
    expect(failed.last_failure_error_code).toBe("RT0001");
    await request(`${server.adminUrl}/invocations/${invocationId}/kill`, { method: "PATCH" });
    await expect.poll(() => served.openCount, patience).toBe(0);
  });
});

describe("streams over HTTP/1.1", () => {
  it("keep a request open while its answer comes", async () => {
    const services = [createGuideWorker(sdk, 1)];
    const served = await serve({ services }, { bidirectional: true });
    const id = await registerAt(server, served.url);
    expect(await readDeployment(server, id)).toMatchObject({
      protocol_type: "BidiStream",
      http_version: "HTTP/1.1",
    });
    const result = await call(`${server.ingressUrl}/worker/run`, { description: "a,b,c" });
    expect(result).toEqual({ description: "a: DONE,b: DONE,c: DONE" });
    expect(countOf(served, "/invoke/worker/run")).toBe(1);
    expect(countOf(served, "/invoke/worker/runSubtask")).toBe(3);
  });

  it("become requests for answers where something in between waits for whole requests", async () => {
    const inner = await serve({ services: [createGuideWorker(sdk, 1)] }, { bidirectional: true });
    const outer = await serveCounted(bufferingProxy(inner.url));
    onTestFinished(() => outer.close());
    await registerAt(server, outer.url);
    const result = await call(`${server.ingressUrl}/worker/run`, { description: "a,b,c" });
    expect(result).toEqual({ description: "a: DONE,b: DONE,c: DONE" });
    await call(`${server.ingressUrl}/worker/run`, { description: "a,b,c" });
    expect(server.stderr).toContain("answers only to whole requests");
    expect(outer.requests.at(-1)?.headers).toMatchObject({ "content-length": expect.anything() });
  });
});

/** Passes a request on when it is whole, and then the answer likewise. */
function bufferingProxy(url: string): RequestListener {
  return async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "GET", headers } = incoming;
    const answer = await fetch(url + incoming.url, {
      method,
      headers: {
        accept: String(headers.accept),
        ...(method === "GET" ? {} : { "content-type": String(headers["content-type"]) }),
      },
      ...(method === "GET" ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(body);
  };
}

describe("https", () => {
  it("needs an authority that the server trusts, and says how to have it", async () => {
    const { tls } = authority;
    const served = await serve({ services: [createGuideWorker(sdk, 1)] }, { tls });
    const distrustful = await startServer();
    const refused = await request(`${distrustful.adminUrl}/deployments`, {
      body: { uri: served.url },
    });
    expect(refused.status).toBe(500);
    expect(refused.json()).toMatchObject({
      restate_code: "META0003",
      message: expect.stringMatching(/not trusted: its certificate .*NODE_EXTRA_CA_CERTS/),
    });

    // Not said how: the version is agreed on with the certificate.
    const id = await registerAt(server, served.url, { use_http_11: false });
    expect(await readDeployment(server, id)).toMatchObject({ http_version: "HTTP/1.1" });
    const result = await call(`${server.ingressUrl}/worker/run`, { description: "a,b" });
    expect(result).toEqual({ description: "a: DONE,b: DONE" });
  });

  it("carries streams over HTTP/2 where the endpoint speaks it", async () => {
    const services = [createGuideWorker(sdk, 1)];
    const identityKeys = [announcedKey(server.stderr)];
    const handler = sdk.createEndpointHandler({
      services,
      identityKeys,
      logger: quiet,
    }) as unknown as (incoming: Http2ServerRequest, response: Http2ServerResponse) => void;
    const endpoint = createSecureServer(
      { ...authority.tls, allowHTTP1: true },
      (incoming, response) => {
        handler(incoming, response);
      },
    );
    endpoint.listen(0, "127.0.0.1");
    onTestFinished(() => void endpoint.close());
    await new Promise((resolve) => endpoint.once("listening", resolve));
    const { port } = endpoint.address() as AddressInfo;
    const id = await registerAt(server, `https://127.0.0.1:${port}`, { use_http_11: false });
    expect(await readDeployment(server, id)).toMatchObject({
      http_version: "HTTP/2.0",
      protocol_type: "BidiStream",
    });
    const result = await call(`${server.ingressUrl}/worker/run`, { description: "a,b" });
    expect(result).toEqual({ description: "a: DONE,b: DONE" });
  });

  it("fails attempts with the reason when the certificate is not trusted any more", async () => {
    const { tls, file } = authority;
    const served = await serve({ services: [createGuideWorker(sdk, 1)] }, { tls });
    const own = await createTemporaryDirectory();
    onTestFinished(() => own.remove());
    const variables = { NODE_EXTRA_CA_CERTS: file };
    const trusting = await startRejoinServer({ dataDir: own.path, variables });
    await registerAt(trusting, served.url);
    await trusting.process.stop();

    const { ingressUrl, adminUrl } = await startRejoinServer({ dataDir: own.path });
    const body = { description: "a" };
    const { invocationId } = await send(`${ingressUrl}/worker/run/send`, { body });
    const failed = await pollInvocation(
      adminUrl,
      invocationId,
      ({ last_failure }) => last_failure !== undefined,
    );
    expect(failed).toMatchObject({
      last_failure_error_code: "RT0010",
      last_failure: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });
});

describe("the identity of requests", () => {
  it("is taken by the reference SDK with the right key, and by no other", async () => {
    const identityKeys = [announcedKey(server.stderr)];
    const services = [createGuideWorker(sdk, 1)];
    const served = await serve({ services, identityKeys }, { prefix: "/a/prefix" });
    await registerAt(server, `${served.url}/a/prefix`);
    const result = await call(`${server.ingressUrl}/worker/run`, { description: "a,b" });
    expect(result).toEqual({ description: "a: DONE,b: DONE" });
    for (const { headers } of served.requests) {
      expect(headers["x-restate-signature-scheme"]).toBe("v1");
    }

    const own = await createTemporaryDirectory();
    onTestFinished(() => own.remove());
    const other = await startServer({
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: await createKeyFile(own.path),
    });
    const body = { uri: `${served.url}/a/prefix`, use_http_11: true };
    const refused = await request(`${other.adminUrl}/deployments`, { body });
    expect(refused.json()).toMatchObject({
      restate_code: "META0003",
      message: expect.stringContaining("status 401"),
    });
    const unsigned = await startServer();
    expect((await request(`${unsigned.adminUrl}/deployments`, { body })).status).toBe(500);
    expect(served.requests.at(-1)?.headers).not.toHaveProperty("x-restate-jwt-v1");
  });

  it.each([
    ["is not there", async () => "/nowhere/private.pem", "cannot be read"],
    [
      "holds another kind of key",
      () => createKeyFile(directory.path, "x25519"),
      "x25519 instead of Ed25519",
    ],
  ])("does not start with a file that %s", async (_, createFile, text) => {
    const file = await createFile();
    const started = startServer({ REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: file });
    const failure = await started.then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(failure).toContain(file);
    expect(failure).toContain(text);
  });
});
