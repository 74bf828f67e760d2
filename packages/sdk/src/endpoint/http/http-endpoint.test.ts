import { readFileSync } from "node:fs";
import { parseManifest } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import { type Context, type ServiceOptions, service } from "../../index.ts";
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

const messageOf = (answer: unknown): string => JSON.parse((answer as HttpAnswer).body).message;

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
    const manifest = parseManifest(JSON.parse(answer.body), manifestType(version));
    expect(manifest).toMatchObject({
      protocolMode: "BIDI_STREAM",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      services: [{ name: "svc", ty: "SERVICE", handlers: [{ name: "run" }] }],
    });
  });

  test("tells the mode of the transport", () => {
    const answer = create()("GET", "/discover", { accept: manifestType(4) }, "REQUEST_RESPONSE");
    expect(JSON.parse((answer as HttpAnswer).body).protocolMode).toBe("REQUEST_RESPONSE");
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

describe("invocations", () => {
  const types = { known: invocationType(7), unknown: invocationType(4), none: undefined };

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

test("keys are refused rather than ignored", () => {
  expect(() => createHttpEndpoint({ services: [], identityKeys: ["publickeyv1_x"] })).toThrow(
    /identityKeys is not supported yet/,
  );
});
