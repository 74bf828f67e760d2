/** Discovery of functions of AWS Lambda. */
import { MANIFEST_ACCEPT } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { LambdaError } from "../lambda/lambda-error.ts";
import { FakeFunctions, type LambdaCall } from "../lambda/testing/fake-functions.ts";
import { createDiscover } from "./discover.ts";
import type { DiscoveryError } from "./discovery-error.ts";
import { greeter, MANIFEST_TYPE, manifestOf } from "./testing/endpoints.ts";

const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:f:1";
const DEADLINE_MS = 5000;
const manifest = manifestOf([greeter()], {
  protocolMode: "REQUEST_RESPONSE",
  lambdaCompression: "zstd",
});

function answer(body: unknown = manifest, rest: object = {}): unknown {
  const headers = { "content-type": MANIFEST_TYPE, "x-restate-server": "test-sdk/1.0" };
  return { statusCode: 200, headers, body: JSON.stringify(body), ...rest };
}

function setUp(run: (call: LambdaCall, index: number) => unknown) {
  const functions: FakeFunctions = new FakeFunctions((call) => run(call, functions.calls.length));
  let expire: (() => void) | undefined;
  const discover = createDiscover({
    ports: {
      timers: {
        after: (delayMs, callback) => {
          if (delayMs === DEADLINE_MS) expire = callback;
          else queueMicrotask(callback);
          return () => undefined;
        },
      },
      random: { bytes: (length) => new Uint8Array(length) },
    },
    limits: { discoveryTimeoutMs: DEADLINE_MS, discoveryBytesMax: 64 * 1024 },
    outgoing: new OutgoingHeaders({ "x-a": "1" }),
    functions,
  });
  const additionalHeaders = { "x-b": "2" };
  return {
    functions,
    expire: () => expire?.(),
    discover: () => discover({ arn: ARN, assumeRoleArn: "arn:role", additionalHeaders }),
  };
}

async function failure(promise: Promise<unknown>): Promise<DiscoveryError> {
  return promise.then(
    () => expect.unreachable("it was discovered"),
    (error: DiscoveryError) => error,
  );
}

describe("a function", () => {
  it("is asked with an event, in its role", async () => {
    const { functions, discover } = setUp(() => answer());
    const found = await discover();
    expect(found).toEqual({ manifest, sdkVersion: "test-sdk/1.0", httpVersion: undefined });
    expect(functions.calls).toHaveLength(1);
    expect(functions.calls[0]?.target).toMatchObject({ arn: ARN, assumeRoleArn: "arn:role" });
    expect(functions.calls[0]?.event).toEqual({
      path: "/discover",
      httpMethod: "GET",
      headers: { accept: MANIFEST_ACCEPT, "x-a": "1", "x-b": "2" },
      body: "",
      isBase64Encoded: true,
    });
  });

  it("is asked again while it is not reached, or called too much", async () => {
    const { functions, discover } = setUp((_call, index) => {
      if (index === 1) throw new LambdaError("later", { kind: "throttled" });
      if (index === 2) throw new LambdaError("gone", { kind: "unreachable" });
      return answer();
    });
    expect((await discover()).manifest).toEqual(manifest);
    expect(functions.calls).toHaveLength(3);
  });

  it.each([
    ["failed", "functionFailed", "META0003"],
    ["is not called", "refused", "META0003"],
    ["says something else", "malformed", "META0013"],
  ] as const)("that %s is not asked again", async (_, kind, code) => {
    const { functions, discover } = setUp(() => {
      throw new LambdaError("the reason", { kind });
    });
    expect(await failure(discover())).toMatchObject({ code, message: "the reason", status: 500 });
    expect(functions.calls).toHaveLength(1);
  });

  it.each([
    ["streams", answer({ ...manifest, protocolMode: "BIDI_STREAM" }), "META0015", "is a function"],
    ["a web page", answer("x", { headers: { "content-type": "text/html" } }), "META0013", ARN],
    ["no such path", answer("x", { statusCode: 404 }), "META0003", "status 404"],
  ])("that answers with %s is refused", async (_, payload, code, text) => {
    const error = await failure(setUp(() => payload).discover());
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });

  it("has to answer by the deadline", async () => {
    const { discover, expire, functions } = setUp(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    const discovered = failure(discover());
    await expect.poll(() => functions.calls.length).toBe(1);
    expire();
    expect((await discovered).message).toBe(
      `no whole answer from ${ARN} within 5 s; look into the log of the function`,
    );
  });
});
