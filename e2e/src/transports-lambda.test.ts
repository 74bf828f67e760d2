/** Deployments on AWS Lambda, with the reference SDK's handler, on a server as it is installed. */
import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { pollInvocation } from "./support/admin-client.ts";
import { attach, call, type IngressAnswer, request, send } from "./support/ingress-client.ts";
import { planRejoinServer, type RejoinServer, startRejoinServer } from "./support/rejoin-server.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";
import {
  type Aws,
  type LambdaHandler,
  OWN_ACCESS_KEY,
  ROLE_ACCESS_KEY,
  startAws,
} from "./testing/aws.ts";
import { serveCounted } from "./testing/counted-http1.ts";
import { announcedKey, createKeyFile } from "./testing/identity-key.ts";
import { createGuideWorker, loadReferenceSdk } from "./testing/reference-sdk.ts";

type Loaded = Awaited<ReturnType<typeof loadReferenceSdk>>;
type Endpoint = Parameters<Loaded["lambda"]["createEndpointHandler"]>[0];

const MIB = 1 << 20;
const ROLE = "arn:aws:iam::123456789012:role/invoker";
const waitMs = 3000;
const patience = { timeout: 10_000 };
const quiet = () => undefined;
let loaded: Loaded;
let directory: TemporaryDirectory;
let aws: Aws;
let server: RejoinServer;
/** A function that no other test has. */
let ARN: string;
let functions = 0;

beforeAll(async () => {
  loaded = await loadReferenceSdk();
  directory = await createTemporaryDirectory();
  aws = await startAws();
  server = startRejoinServer({
    ...(await planRejoinServer(join(directory.path, "data"))),
    variables: {
      ...aws.variables,
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: await createKeyFile(directory.path),
      REJOIN_AWS_ASSUME_ROLE_EXTERNAL_ID: "shared secret",
      REJOIN_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: "1h",
      REJOIN_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "1h",
    },
  });
  await server.ready();
}, 60_000);

afterAll(async () => {
  await server.kill();
  await aws.close();
  await directory.remove();
});

beforeEach(() => {
  functions += 1;
  ARN = `arn:aws:lambda:eu-central-1:123456789012:function:worker-${functions}:1`;
  aws.calls.length = 0;
});

/** A function with services of the reference SDK. */
function createFunction(endpoint: Endpoint): LambdaHandler {
  const handler = loaded.lambda.createEndpointHandler({ logger: quiet, ...endpoint });
  return (event) => handler(event, { awsRequestId: "request" });
}

/** A function with another manifest, that answers all else like `handler`. */
function announcing(change: object, handler: LambdaHandler): LambdaHandler {
  return async (event) => {
    const answer = await handler(event);
    if (event.path !== "/discover") return answer;
    const manifest = JSON.parse(Buffer.from(answer.body ?? "", "base64").toString()) as object;
    return { ...answer, isBase64Encoded: false, body: JSON.stringify({ ...manifest, ...change }) };
  };
}

function register(body: object): Promise<IngressAnswer> {
  return request(`${server.adminUrl}/deployments`, { body });
}

async function mustRegister(body: object): Promise<string> {
  const answer = await register(body);
  expect(answer.status, answer.text).toBe(201);
  return (answer.json() as { id: string }).id;
}

function countOf(path: string): number {
  return aws.calls.filter(({ event }) => event.path === path).length;
}

const echoHandlers = {
  echo: async (_ctx: unknown, text: string) => text,
  /** Text that no compression makes smaller. */
  noise: async (_ctx: unknown, bytes: number) => randomBytes(bytes).toString("base64"),
  crash: async () => "never",
};

function createEcho(options = {}) {
  return loaded.sdk.service({ name: "echo", handlers: echoHandlers, options });
}

describe("a function", () => {
  it("runs the guide's worker, suspended while it waits, in as few calls as there are waits", async () => {
    aws.functions.set(ARN, createFunction({ services: [createGuideWorker(loaded.sdk, waitMs)] }));
    const id = await mustRegister({ arn: ARN });
    const shown = await request(`${server.adminUrl}/deployments/${id}`, { method: "GET" });
    expect(shown.json()).toMatchObject({ arn: ARN, compression: "zstd" });
    expect(shown.json()).not.toHaveProperty("uri");

    const body = { description: "a,b,c,d,e" };
    const { invocationId } = await send(`${server.ingressUrl}/worker/run/send`, { body });
    await expect.poll(() => countOf("/invoke/worker/runSubtask"), patience).toBe(5);
    await expect.poll(() => aws.openCount, patience).toBe(0);
    await pollInvocation(server.adminUrl, invocationId, ({ status }) => status === "suspended");
    expect(countOf("/invoke/worker/run")).toBe(2);

    const result = await attach(server.ingressUrl, invocationId);
    expect(result.json()).toEqual({ description: "a: DONE,b: DONE,c: DONE,d: DONE,e: DONE" });
    expect(countOf("/invoke/worker/run")).toBe(3);
    expect(countOf("/invoke/worker/runSubtask")).toBe(10);
    expect(countOf("/discover")).toBe(1);
    expect(new Set(aws.calls.map(({ accessKey }) => accessKey))).toEqual(new Set([OWN_ACCESS_KEY]));
  });

  it("is called in a role, if it is registered with one", async () => {
    aws.functions.set(ARN, createFunction({ services: [createEcho()] }));
    const headers = { "x-token": "t" };
    await mustRegister({
      arn: ARN,
      assume_role_arn: ROLE,
      additional_headers: headers,
    });
    expect(await call(`${server.ingressUrl}/echo/echo`, "hello")).toBe("hello");
    expect(aws.assumed).toEqual([{ roleArn: ROLE, externalId: "shared secret" }]);
    for (const { accessKey, event } of aws.calls) {
      expect(accessKey).toBe(ROLE_ACCESS_KEY);
      expect(event.headers).toMatchObject({
        ...headers,
        "x-restate-cluster-name": "localcluster",
      });
    }
  });

  it("knows requests by their identity", async () => {
    const key = announcedKey(server.stderr);
    aws.functions.set(ARN, createFunction({ services: [createEcho()], identityKeys: [key] }));
    await mustRegister({ arn: ARN });
    expect(await call(`${server.ingressUrl}/echo/echo`, "hello")).toBe("hello");

    const foreign = "publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f";
    const other = ARN.replace(/1$/, "2");
    aws.functions.set(other, createFunction({ services: [createEcho()], identityKeys: [foreign] }));
    const refused = await register({ arn: other });
    expect(refused.status).toBe(500);
    expect(refused.text).toContain("status 401");
  });
});

describe("large bodies", () => {
  it("travel compressed both ways", async () => {
    aws.functions.set(ARN, createFunction({ services: [createEcho()] }));
    await mustRegister({ arn: ARN });
    const text = "zstd ".repeat((10 * MIB) / 5);
    expect(await call<string>(`${server.ingressUrl}/echo/echo`, text)).toBe(text);
    const [last] = aws.calls.slice(-1);
    expect(last?.event.headers).toMatchObject({
      "content-encoding": "zstd",
      "accept-encoding": "zstd",
    });
    expect(last?.event.body.length).toBeLessThan(MIB);
    expect(last?.answer?.headers).toMatchObject({ "content-encoding": "zstd" });

    await call<string>(`${server.ingressUrl}/echo/echo`, "small");
    const [small] = aws.calls.slice(-1);
    expect(small?.event.headers).not.toHaveProperty("content-encoding");
    expect(small?.answer?.headers).not.toHaveProperty("content-encoding");
  });

  it.each([
    ["compressed in vain", {}, /request takes \d{8} bytes although compressed/],
    [
      "not compressed for an SDK that cannot read it",
      { lambdaCompression: undefined },
      /request takes \d{8} bytes, /,
    ],
  ])("pause the invocation at once: %s", async (_, change, message) => {
    aws.functions.set(ARN, announcing(change, createFunction({ services: [createEcho()] })));
    const id = await mustRegister({ arn: ARN });
    const body = randomBytes(9 * MIB).toString("base64");
    const { invocationId } = await send(`${server.ingressUrl}/echo/echo/send`, { body });
    const paused = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ status }) => status === "paused",
    );
    expect(paused.last_failure).toMatch(message);
    expect(paused.last_failure).toContain("at most 6291456 bytes");
    expect(paused.last_failure).toContain(`deployment ${id}`);
    expect(paused.last_failure_error_code).toBe("RT0019");
    expect(countOf("/invoke/echo/echo")).toBe(0);
  });

  it("arrive once the deployment has moved to where they can, and the invocation is resumed", async () => {
    aws.functions.set(ARN, createFunction({ services: [createEcho()] }));
    const id = await mustRegister({ arn: ARN });
    const body = randomBytes(6 * MIB).toString("base64");
    const { invocationId } = await send(`${server.ingressUrl}/echo/echo/send`, { body });
    await pollInvocation(server.adminUrl, invocationId, ({ status }) => status === "paused");

    const handler = loaded.sdk.createEndpointHandler({
      services: [createEcho()],
      logger: quiet,
      bidirectional: false,
    }) as unknown as RequestListener;
    const served = await serveCounted(handler);
    onTestFinished(() => served.close());
    const moved = await request(`${server.adminUrl}/deployments/${id}`, {
      method: "PATCH",
      body: { uri: served.url, use_http_11: true },
    });
    expect(moved.status, moved.text).toBe(200);
    expect(moved.json()).toMatchObject({ id, uri: `${served.url}/`, http_version: "HTTP/1.1" });
    expect(moved.json()).not.toHaveProperty("arn");
    const resume = `${server.adminUrl}/invocations/${invocationId}/resume`;
    expect((await request(resume, { method: "PATCH" })).status).toBe(200);
    expect((await attach(server.ingressUrl, invocationId)).json()).toBe(body);
    expect(countOf("/invoke/echo/echo")).toBe(0);
  });

  it("pause the invocation at once: an answer", async () => {
    aws.functions.set(ARN, createFunction({ services: [createEcho()] }));
    await mustRegister({ arn: ARN });
    const { invocationId } = await send(`${server.ingressUrl}/echo/noise/send`, { body: 9 * MIB });
    const paused = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ status }) => status === "paused",
    );
    expect(paused.last_failure).toMatch(/\(\d{8} bytes\).*\(6291556 bytes\)/);
    expect(paused.last_failure).toContain("has to return less");
    expect(paused.last_failure_error_code).toBe("RT0003");
    expect(countOf("/invoke/echo/noise")).toBe(1);
  });
});

describe("a function that is not called, or fails", () => {
  it("is called again later when there are too many calls", async () => {
    aws.functions.set(ARN, createFunction({ services: [createEcho()] }));
    await mustRegister({ arn: ARN });
    aws.throttleNext = 2;
    const { invocationId } = await send(`${server.ingressUrl}/echo/echo/send`, { body: "late" });
    const failed = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ last_failure }) => last_failure !== undefined,
    );
    expect(failed).toMatchObject({
      last_failure_error_code: "RT0023",
      last_failure: expect.stringContaining("Rate Exceeded"),
    });
    // The delays are those of AWS, not those of the policy.
    expect((await attach(server.ingressUrl, invocationId)).json()).toBe("late");
    expect(countOf("/invoke/echo/echo")).toBe(3);
  });

  it("is given up after the abort timeout", async () => {
    const handler = createFunction({ services: [createEcho({ abortTimeout: 200 })] });
    aws.functions.set(ARN, (event) =>
      event.path === "/discover" ? handler(event) : new Promise(() => undefined),
    );
    await mustRegister({ arn: ARN });
    const { invocationId } = await send(`${server.ingressUrl}/echo/crash/send`);
    const failed = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ last_failure }) => last_failure !== undefined,
    );
    expect(failed.last_failure_error_code).toBe("RT0001");
    await expect.poll(() => aws.openCount, patience).toBe(0);
  });

  it("fails the attempt with the text of the function's error", async () => {
    const handler = createFunction({ services: [createEcho()] });
    aws.functions.set(ARN, async (event) => {
      if (event.path === "/invoke/echo/crash") throw new Error("out of memory, or so");
      return handler(event);
    });
    await mustRegister({ arn: ARN });
    const { invocationId } = await send(`${server.ingressUrl}/echo/crash/send`);
    const failed = await pollInvocation(
      server.adminUrl,
      invocationId,
      ({ last_failure }) => last_failure !== undefined,
    );
    expect(failed).toMatchObject({
      last_failure_error_code: "RT0007",
      last_failure: expect.stringContaining("out of memory, or so"),
    });
  });

  it.each([
    ["no version", () => ({ arn: ARN.replace(/:1$/, "") }), 400, null, "no version or alias"],
    ["no function", () => ({ arn: "arn:aws:s3:::bucket" }), 400, null, "no ARN of an AWS Lambda"],
    ["two places", () => ({ arn: ARN, uri: "http://h" }), 400, null, "either uri or arn"],
    ["a role alone", () => ({ uri: "http://h", assume_role_arn: ROLE }), 400, null, "with arn"],
    ["a missing one", () => ({ arn: `${ARN}0` }), 500, "META0003", "check the ARN"],
    ["streams", () => ({ arn: ARN }), 500, "META0015", "is a function of AWS Lambda"],
    ["another kind", () => ({ arn: `${ARN}1` }), 500, "META0013", "is its handler"],
  ])("is not registered: %s", async (_, createBody, status, restate_code, text) => {
    const handler = createFunction({ services: [createEcho()] });
    aws.functions.set(ARN, announcing({ protocolMode: "BIDI_STREAM" }, handler));
    aws.functions.set(`${ARN}1`, async () => ({ hello: "world" }) as never);
    const answer = await register(createBody());
    expect(answer.status, answer.text).toBe(status);
    expect(answer.json()).toMatchObject({
      restate_code,
      message: expect.stringContaining(text),
    });
  });
});
