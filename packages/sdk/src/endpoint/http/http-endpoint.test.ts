import { readFileSync } from "node:fs";
import { parseManifest } from "@rejoin/protocol";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Context, type ServiceOptions, service } from "../../index.ts";
import { Signer } from "../testing/signer.ts";
import { createHttpEndpoint, type ProtocolMode } from "./http-endpoint.ts";
import type { HttpAnswer } from "./http-exchange.ts";
import { SDK_VERSION } from "./version.ts";

const manifestType = (version: number) =>
  `application/vnd.restate.endpointmanifest.v${version}+json`;
const invocationType = (version: number) => `application/vnd.restate.invocation.v${version}`;

function create(options?: ServiceOptions) {
  const svc = service({
    name: "svc",
    handlers: { run: async (_ctx: Context) => 1 },
    ...(options === undefined ? {} : { options }),
  });
  const endpoint = createHttpEndpoint({ services: [svc] });
  return (
    method: string,
    path: string,
    headers: Record<string, string | string[]> = {},
    mode: ProtocolMode = "BIDI_STREAM",
  ) => endpoint.handle({ method, path, headers }, mode);
}

const bodyOf = (answer: unknown) => JSON.parse(String((answer as HttpAnswer).body));
const messageOf = (answer: unknown): string => bodyOf(answer).message;

test("the version is the package's", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  expect(SDK_VERSION).toBe(JSON.parse(text).version);
});

describe("discovery", () => {
  test.each([
    [manifestType(4), 4],
    [manifestType(3), 3],
    [manifestType(2), 2],
    [[1, 2, 3, 4].map(manifestType).join(", "), 4],
    [`${manifestType(3)};q=0.5,${manifestType(2)}`, 3],
    [`text/html, ${manifestType(2)} , */*`, 2],
  ])("answers %s with version %d", (accept, version) => {
    const answer = create()("GET", "/p/discover", { accept }) as HttpAnswer;
    expect(answer).toMatchObject({
      kind: "answer",
      status: 200,
      headers: {
        "content-type": manifestType(version),
        "x-restate-server": `rejoin-sdk-typescript/${SDK_VERSION}`,
      },
    });
    const manifest = parseManifest(bodyOf(answer), manifestType(version));
    expect(manifest).toMatchObject({
      protocolMode: "BIDI_STREAM",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      services: [{ name: "svc", ty: "SERVICE", handlers: [{ name: "run" }] }],
    });
  });

  test("tells the mode of the transport", () => {
    const answer = create()("GET", "/discover", { accept: manifestType(4) }, "REQUEST_RESPONSE");
    expect(bodyOf(answer).protocolMode).toBe("REQUEST_RESPONSE");
  });

  test.each([undefined, "*/*", "", "application/json", manifestType(1), manifestType(5)])(
    "does not answer %s",
    (accept) => {
      const answer = create()("GET", "/discover", accept === undefined ? {} : { accept });
      expect(answer).toMatchObject({ kind: "answer", status: 415 });
      expect(messageOf(answer)).toContain(manifestType(4));
    },
  );

  test("names the option that an old version of the manifest cannot carry", () => {
    const handle = create({ retryPolicy: { maxAttempts: 3 } });
    const old = handle("GET", "/discover", { accept: manifestType(3) });
    expect(old).toMatchObject({ status: 500 });
    expect(messageOf(old)).toMatch(/retryPolicyMaxAttempts needs manifest version 4/);
    expect(handle("GET", "/discover", { accept: manifestType(4) })).toMatchObject({ status: 200 });
  });
});

test("health", () => {
  expect(create()("GET", "/any/health")).toMatchObject({
    status: 200,
    headers: { "content-type": "application/text" },
    body: "OK",
  });
});

const types = { known: invocationType(7), unknown: invocationType(4), none: undefined };

describe("invocations", () => {
  test.each([5, 6, 7])("are accepted in version %d, with its content-type", (version) => {
    const contentType = invocationType(version);
    const answer = create()("POST", "/x/invoke/svc/run", { "content-type": contentType });
    expect(answer).toMatchObject({
      kind: "invocation",
      headers: { "content-type": contentType },
    });
  });

  test.each([
    ["svc/run", types.none, 415, /no content-type/],
    ["svc/run", types.unknown, 415, /invocation\.v4" is not one of/],
    ["svc/run", "application/json", 415, /"application\/json" is not one of/],
    ["svc/run", `${types.known};a=b`, 415, /is not one of/],
    ["svc/run", invocationType(8), 415, /invocation\.v8/],
    ["svc/other", types.known, 404, /no handler svc\/other/],
    ["other/run", types.known, 404, /no handler other\/run/],
    ["other/run", types.unknown, 404, /no handler other\/run/],
    ["other/run", types.none, 415, /no content-type/],
    ["svc/constructor", types.known, 404, /no handler/],
  ])("%s as %s is %d", (target, contentType, status, message) => {
    const headers = contentType === undefined ? {} : { "content-type": contentType };
    const answer = create()("POST", `/invoke/${target}`, headers);
    expect(answer).toMatchObject({ kind: "answer", status });
    expect(messageOf(answer)).toMatch(message);
  });
});

test("anything else is not found", () => {
  const answer = create()("GET", "/favicon.ico");
  expect(answer).toMatchObject({ status: 404, headers: { "content-type": "application/json" } });
  expect(messageOf(answer)).toBe("nothing is served at GET /favicon.ico");
});

test("compression is told to servers that know of it", () => {
  const endpoint = createHttpEndpoint({ services: [] }, { lambdaCompression: "zstd" });
  const discover = (version: number) => {
    const headers = { accept: manifestType(version) };
    const answer = endpoint.handle({ method: "GET", path: "/discover", headers }, "BIDI_STREAM");
    return bodyOf(answer);
  };
  expect(discover(4)).toMatchObject({ lambdaCompression: "zstd" });
  expect(discover(3)).not.toHaveProperty("lambdaCompression");
});

describe("with keys", () => {
  const NOW = 1_700_000_000;
  const signer = new Signer();

  function createSigned() {
    const lines: string[] = [];
    const svc = service({ name: "svc", handlers: { run: async (_ctx: Context) => 1 } });
    const endpoint = createHttpEndpoint(
      {
        services: [svc],
        identityKeys: [signer.keyId],
        logger: ({ level }, message) => void lines.push(`${level} ${message}`),
      },
      { ports: { now: () => NOW * 1000 } },
    );
    const handle = async (
      method: string,
      path: string,
      { audience, ...headers }: Record<string, string>,
    ) => {
      const signature = audience === undefined ? {} : await signer.headersFor(audience, NOW);
      return endpoint.handle(
        { method, path, headers: { ...headers, ...signature } },
        "BIDI_STREAM",
      );
    };
    return { lines, handle };
  }

  test("the health is told to everybody", async () => {
    expect(await createSigned().handle("GET", "/p/health", {})).toMatchObject({ status: 200 });
  });

  test("what is signed for what it asks is served, below any prefix", async () => {
    const { handle, lines } = createSigned();
    const accept = manifestType(4);
    expect(await handle("GET", "/p/discover", { accept, audience: "/discover" })).toMatchObject({
      status: 200,
    });
    const invoke = { "content-type": types.known, audience: "/invoke/svc/run" };
    expect(await handle("POST", "/p/q/invoke/svc/run?x", invoke)).toMatchObject({
      kind: "invocation",
    });
    expect(lines).toEqual([`info Serving requests that are signed with one of ${signer.keyId}`]);
  });

  test.each([
    ["GET", "/discover", {}],
    ["GET", "/discover", { audience: "/invoke/svc/run" }],
    ["POST", "/p/invoke/svc/run", { audience: "/discover" }],
    ["POST", "/p/invoke/svc/run", { audience: "/p/invoke/svc/run" }],
    ["GET", "/nothing", {}],
  ])("%s %s with %j is refused and logged", async (method, path, headers) => {
    const { handle, lines } = createSigned();
    const answer = await handle(method, path, { ...headers });
    expect(answer).toMatchObject({ kind: "answer", status: 401 });
    expect(messageOf(answer)).toMatch(/^the request is not authorized: it(s token)? is /);
    expect(lines.at(-1)).toMatch(new RegExp(`^error Refused ${method} ${path}: it`));
  });

  test("what is no key is refused at the start", () => {
    const start = () => createHttpEndpoint({ services: [], identityKeys: ["publickeyv1_x"] });
    expect(start).toThrow(/the identity key "publickeyv1_x" holds 1 bytes/);
  });
});

test("in production an endpoint without keys says so", () => {
  vi.stubEnv("NODE_ENV", "production");
  onTestFinished(() => void vi.unstubAllEnvs());
  const lines: string[] = [];
  const logger = ({ level }: { level: string }, message?: unknown) =>
    void lines.push(`${level} ${message}`);
  createHttpEndpoint({ services: [], logger });
  expect(lines).toEqual([expect.stringMatching(/^warn Serving requests whoever sends them/)]);
});
