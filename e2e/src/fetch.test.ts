/**
 * Endpoints for runtimes with `fetch`: what their bundles hold, and services on each runtime against
 * a server as it is installed. The runtimes are installed by `npm run test:full`; other runs use what
 * is there.
 */
import type { Server } from "node:http";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { createAdaptorServer } from "@hono/node-server";
import { createEndpointHandler as createNodeHandler } from "@rejoin/sdk";
import { createEndpointHandler } from "@rejoin/sdk/fetch";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { services } from "./programs/portable-services.ts";
import { call, request } from "./support/ingress-client.ts";
import { installNpmTools, type NpmTools } from "./support/packaging/npm-tools.ts";
import { planRejoinServer, type RejoinServer, startRejoinServer } from "./support/rejoin-server.ts";
import { bundle } from "./support/runtimes/bundle.ts";
import { RUNTIMES, type Runtime } from "./support/runtimes/runtime.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";
import { announcedKey, createKeyFile } from "./testing/identity-key.ts";

const TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 12 * 60_000;
const mayInstall = process.env.REJOIN_TEST_FULL === "1";
const KIB = 1024;

describe("a bundle", () => {
  /** Minified, of everything that an entry exports; more must have a reason. */
  const BYTES_MAX = 144 * KIB;

  it.each(["fetch", "lambda"])("of /%s has no import, and is small", async (entry) => {
    const program = `export * from "@rejoin/sdk/${entry}";`;
    const plain = await bundle(program);
    const imports = Object.values(plain.metafile.outputs).flatMap((output) => output.imports);
    expect(imports).toEqual([]);
    expect(plain.text).not.toMatch(/\bfrom\s*"node:|import\("node:|require\(/);
    const small = await bundle(program, { minify: true });
    console.log(
      `bundle of @rejoin/sdk/${entry}: ${kib(plain.bytes)} KiB, ${kib(small.bytes)} KiB minified, ` +
        `${kib(small.gzipBytes)} KiB minified and compressed`,
    );
    expect(small.bytes).toBeLessThan(BYTES_MAX);
  });

  it("needs only what every runtime has", async () => {
    const program = `import { createEndpointHandler as createNodeHandler } from "@rejoin/sdk";
import { createEndpointHandler } from "@rejoin/sdk/fetch";
      import { services } from "./portable-services.ts";
      export const handle = createEndpointHandler({ services });`;
    const { text } = await bundle(program, { format: "iife" });
    const { TextEncoder, TextDecoder, URL, Request, Response, ReadableStream } = globalThis;
    const web = { TextEncoder, TextDecoder, URL, Request, Response, ReadableStream, setTimeout };
    const context = createContext({ ...web, AbortController, crypto, console });
    runInContext(text, context);
    const { handle } = context.exported as { handle: (request: Request) => Promise<Response> };
    const accept = "application/vnd.restate.endpointmanifest.v4+json";
    const request = new Request("http://host/discover", { headers: { accept } });
    const response = await handle(request);
    expect(await response.json()).toMatchObject({
      services: [{ name: "Task" }, { name: "Counter" }],
    });
  });
});

const kib = (bytes: number) => (bytes / KIB).toFixed(1);

let directory: TemporaryDirectory;
/** It signs its requests. */
let server: RejoinServer;

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  server = startRejoinServer({
    ...(await planRejoinServer(join(directory.path, "data"))),
    variables: {
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: await createKeyFile(directory.path),
    },
  });
  await server.ready();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.kill();
  await directory.remove();
});

function register(uri: string, useHttp11: boolean) {
  const body = { uri, use_http_11: useHttp11, force: true };
  return request(`${server.adminUrl}/deployments`, { body });
}

/** Everything that the services do, at this deployment. */
async function check(uri: string, { useHttp11, protocolType, name }: Omit<Runtime, "start">) {
  const registered = await register(uri, useHttp11);
  expect(registered.status, registered.text).toBe(201);
  const { id } = registered.json() as { id: string };
  const shown = await request(`${server.adminUrl}/deployments/${id}`, { method: "GET" });
  expect(shown.json()).toMatchObject({ protocol_type: protocolType });
  // 0 + 2 + … + 38
  const body = { key: name, parts: 20 };
  expect(await call(`${server.ingressUrl}/Task/run`, body)).toBe(380);
  expect(await call(`${server.ingressUrl}/Task/run`, body)).toBe(760);
  const failed = await request(`${server.ingressUrl}/Task/fail`);
  expect(failed.status).toBe(418);
  expect(failed.text).toContain("as it was asked to");
}

describe("a server of Node that is given a fetch handler", () => {
  async function open(options: Partial<Parameters<typeof createEndpointHandler>[0]> = {}) {
    const fetch = createEndpointHandler({ services, logger: () => undefined, ...options });
    const listener = createAdaptorServer({ fetch }) as Server;
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      listener.close();
      listener.closeAllConnections();
    });
    return `http://127.0.0.1:${(listener.address() as AddressInfo).port}/api/rejoin`;
  }
  const node = { name: "node", package: "", useHttp11: true } as const;

  it("serves one way after the other", { timeout: TIMEOUT_MS }, async () => {
    await check(await open(), { ...node, protocolType: "RequestResponse" });
  });

  it("serves both ways at once", { timeout: TIMEOUT_MS }, async () => {
    const uri = await open({ bidirectional: true });
    await check(uri, { ...node, name: "both", protocolType: "BidiStream" });
  });

  it("serves only whose requests it is told to", { timeout: TIMEOUT_MS }, async () => {
    const uri = await open({ identityKeys: [announcedKey(server.stderr)] });
    await check(uri, { ...node, name: "signed", protocolType: "RequestResponse" });
    const foreign = "publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f";
    const refused = await register(await open({ identityKeys: [foreign] }), true);
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/401.*is not one of identityKeys/);
  });
});

it("Node's own endpoint knows whose requests it serves", { timeout: TIMEOUT_MS }, async () => {
  const identityKeys = [announcedKey(server.stderr)];
  const listener = createServer(createNodeHandler({ services, identityKeys, logger: () => {} }));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  // It closes when the connections of the server have, which ends after all tests.
  onTestFinished(() => void listener.close());
  const uri = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/x`;
  await check(uri, { name: "own", package: "", useHttp11: false, protocolType: "BidiStream" });
});

describe.each(RUNTIMES)("$name", (runtime) => {
  let tools: NpmTools;
  beforeAll(async () => {
    tools = await installNpmTools([runtime.package], mayInstall);
    if (tools.kind === "missing") console.warn(`\n*** NOT TESTED: ${tools.reason} ***\n`);
  }, INSTALL_TIMEOUT_MS);

  it("runs the services", { timeout: TIMEOUT_MS }, async (context) => {
    if (tools.kind === "missing") return context.skip(tools.reason);
    const { path, remove } = await createTemporaryDirectory();
    onTestFinished(remove);
    await check(await runtime.start(tools.modules, path), runtime);
  });
});
