/** Attempts on AWS Lambda, at functions that do what the test says. */
import { describe, expect, it } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { LambdaError } from "../lambda/lambda-error.ts";
import { FakeFunctions, type LambdaCall } from "../lambda/testing/fake-functions.ts";
import { createRealPorts } from "../ports/real-ports.ts";
import { type LambdaEndpoint, LambdaTransport } from "./lambda-transport.ts";
import {
  CONTENT_TYPE,
  input,
  kindsIn,
  OpenAttempt,
  outputAndEnd,
  REQUEST,
} from "./testing/attempts.ts";

const MIB = 2 ** 20;
const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:f:1";
const ports = createRealPorts(() => undefined);

function answer(body: Uint8Array, rest: object = {}): unknown {
  return {
    statusCode: 200,
    headers: { "content-type": CONTENT_TYPE },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
    ...rest,
  };
}

function setUp(run: (call: LambdaCall) => unknown, rest: Partial<LambdaEndpoint> = {}) {
  const functions = new FakeFunctions(run);
  const transport = new LambdaTransport(
    {
      arn: ARN,
      assumeRoleArn: undefined,
      compressFromBytes: undefined,
      additionalHeaders: {},
      outgoing: new OutgoingHeaders({ "x-a": "1" }),
      functions,
      messageBytesMax: 32 * MIB,
      bodyBytesMax: 64 * MIB,
      ...rest,
    },
    ports,
  );
  return { functions, transport };
}

describe("a call", () => {
  it("carries the journal and gives back what was done with it", async () => {
    const role = "arn:aws:iam::123456789012:role/r";
    const { functions, transport } = setUp(() => answer(outputAndEnd()), { assumeRoleArn: role });
    expect(transport.isOneWay).toBe(true);
    const attempt = new OpenAttempt(transport, { ...REQUEST, objectKey: "ö/" });
    attempt.stream.send([input()]);
    attempt.stream.send([input()]);
    expect(functions.calls).toHaveLength(0);
    attempt.stream.closeInput();
    attempt.stream.closeInput();
    expect((await attempt.ended).failure).toBeUndefined();
    expect(attempt.heard).toEqual(["output", "end"]);
    expect(functions.calls).toHaveLength(1);
    const [call] = functions.calls;
    expect(call?.target).toMatchObject({ arn: ARN, assumeRoleArn: role });
    expect(call?.event).toMatchObject({
      path: "/invoke/S/h",
      httpMethod: "POST",
      headers: {
        "content-type": CONTENT_TYPE,
        accept: CONTENT_TYPE,
        "x-restate-service-key": "%C3%B6%2F",
        "x-a": "1",
      },
    });
    const body = Buffer.from(call?.event.body ?? "", "base64");
    expect(kindsIn(body)).toEqual(["input", "input"]);
  });

  it("is given up when the attempt is aborted, and nothing is heard then", async () => {
    const { functions, transport } = setUp(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const attempt = new OpenAttempt(transport).sendAll();
    await expect.poll(() => functions.calls.length).toBe(1);
    attempt.stream.abort("enough");
    expect(functions.calls[0]?.signal.aborted).toBe(true);
    await new Promise(setImmediate);
    expect(attempt.ends).toEqual([]);
  });

  it("is heard in parts, and only while that is wanted", async () => {
    const { transport } = setUp(() => answer(outputAndEnd(300 * 1024)));
    const attempt = new OpenAttempt(transport);
    attempt.stream.setReading(false);
    attempt.sendAll();
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    expect(attempt.heard).toEqual([]);
    attempt.stream.setReading(true);
    await attempt.ended;
    expect(attempt.heard).toEqual(["output", "end"]);
  });
});

describe("an answer", () => {
  it.each([
    ["another status", { statusCode: 503, headers: { "Retry-After": "2" } }, "RT0023", 2000],
    ["a refusal", { statusCode: 415 }, "RT0015", undefined],
    ["another content type", { headers: { "content-type": "text/html" } }, "RT0012", undefined],
    ["half a message", { body: "BAAA" }, "RT0012", undefined],
    ["nothing of an answer", { statusCode: "?" }, "RT0012", undefined],
  ])("with %s is a failure", async (_, rest, docCode, nextRetryDelayMs) => {
    const { transport } = setUp(() => answer(outputAndEnd(), rest));
    const { failure, retry } = await new OpenAttempt(transport).sendAll().ended;
    expect(failure?.docCode).toBe(docCode);
    expect(retry?.nextRetryDelayMs).toBe(nextRetryDelayMs);
    expect(retry?.pause).not.toBe(true);
  });

  it("without a last word is left to the attempt to judge", async () => {
    const { transport } = setUp(() => answer(new Uint8Array()));
    const attempt = new OpenAttempt(transport).sendAll();
    expect(await attempt.ended).toEqual({ failure: undefined, retry: undefined });
    expect(attempt.heard).toEqual([]);
  });
});

describe("a failure", () => {
  it.each([
    ["throttled", "RT0023", false],
    ["functionFailed", "RT0007", false],
    ["unreachable", "RT0010", false],
    ["refused", "RT0010", false],
    ["malformed", "RT0012", false],
    ["requestTooLarge", "RT0019", true],
    ["responseTooLarge", "RT0003", true],
  ] as const)("that is %s has code %s", async (kind, docCode, pause) => {
    const { transport } = setUp(() => {
      throw new LambdaError("the text", { kind, retryAfterMs: 5 });
    });
    const { failure, retry } = await new OpenAttempt(transport).sendAll().ended;
    expect(failure?.docCode).toBe(docCode);
    expect(failure?.message).toContain("the text");
    expect(retry?.pause ?? false).toBe(pause);
    expect(retry?.nextRetryDelayMs).toBe(kind === "throttled" ? 5 : undefined);
    if (pause) expect(failure?.message).toContain("move deployment dp_1 there");
  });

  it("of another kind ends the attempt too", async () => {
    const { transport } = setUp(() => {
      throw new TypeError("unforeseen");
    });
    const { failure } = await new OpenAttempt(transport).sendAll().ended;
    expect(failure).toMatchObject({ docCode: "RT0010", message: expect.stringContaining("unfor") });
  });
});

describe("a journal that is too large", () => {
  it("is counted to its end, and not sent", async () => {
    const { functions, transport } = setUp(() => answer(outputAndEnd()));
    const attempt = new OpenAttempt(transport);
    for (let i = 0; i < 12; i++) attempt.stream.send([input(MIB)]);
    attempt.stream.closeInput();
    const { failure, retry } = await attempt.ended;
    expect(retry?.pause).toBe(true);
    const [, bytes] = /takes (\d+) bytes/.exec(failure?.message ?? "") ?? [];
    expect(Number(bytes)).toBeGreaterThan(16 * MIB);
    expect(Number(bytes)).toBeLessThan(16.1 * MIB);
    expect(functions.calls).toHaveLength(0);
  });

  it("may be sent where it can be compressed, up to a bound", async () => {
    const rest = { compressFromBytes: MIB, bodyBytesMax: 20 * MIB };
    const { functions, transport } = setUp(() => answer(outputAndEnd()), rest);
    const attempt = new OpenAttempt(transport);
    for (let i = 0; i < 12; i++) attempt.stream.send([input(MIB)]);
    attempt.stream.closeInput();
    expect((await attempt.ended).failure).toBeUndefined();
    expect(functions.calls[0]?.event.headers["content-encoding"]).toBe("zstd");

    const larger = new OpenAttempt(transport);
    for (let i = 0; i < 21; i++) larger.stream.send([input(MIB)]);
    larger.stream.closeInput();
    expect((await larger.ended).retry?.pause).toBe(true);
    expect(functions.calls).toHaveLength(1);
  });
});
