import { describe, expect, it } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { LambdaFunctions } from "../lambda/lambda-functions.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { FakeTransport } from "../testing/fake-stream.ts";
import { Http1Transport } from "./http1-transport.ts";
import { Http2Transport } from "./http2-transport.ts";
import { LambdaTransport } from "./lambda-transport.ts";
import { HeldTimers, OpenAttempt } from "./testing/attempts.ts";
import { type TransportAddress, TransportTable } from "./transport-table.ts";

function setUp(): TransportTable {
  const lambda = { profile: undefined, externalId: undefined, compressFromBytes: 1 };
  const limits = { attemptsMax: 1, connectTimeoutMs: 1 };
  return new TransportTable({
    ports: new HeldTimers().ports,
    limits: DEFAULT_LIMITS,
    outgoing: new OutgoingHeaders({}),
    connectTimeoutMs: 1000,
    functions: new LambdaFunctions(lambda, limits),
    tokens: { peek: () => undefined, get: () => Promise.reject(new Error("none")) },
    compressFromBytes: 1,
  });
}

const HTTP = {
  kind: "http",
  uri: "http://localhost:1/",
  protocolMode: "BIDI_STREAM",
  httpVersion: "HTTP/2.0",
  additionalHeaders: {},
} as const;
const LAMBDA = {
  kind: "lambda",
  arn: "arn:aws:lambda:eu-central-1:123456789012:function:f:1",
  additionalHeaders: {},
} as const;
const EMBEDDED = { kind: "embedded", name: "main" } as const;

describe("the transport of a deployment", () => {
  it.each<[string, TransportAddress, unknown, boolean]>([
    ["HTTP/2", HTTP, Http2Transport, false],
    ["HTTP/2, one way", { ...HTTP, protocolMode: "REQUEST_RESPONSE" }, Http2Transport, true],
    ["HTTP/1.1", { ...HTTP, httpVersion: "HTTP/1.1" }, Http1Transport, false],
    [
      "HTTP/1.1, one way",
      { ...HTTP, httpVersion: "HTTP/1.1", protocolMode: "REQUEST_RESPONSE" },
      Http1Transport,
      true,
    ],
    ["AWS Lambda", LAMBDA, LambdaTransport, true],
  ])("is that of its address: %s", (_, address, expected, isOneWay) => {
    const table = setUp();
    const transport = table.find("dp_1", address);
    expect(transport).toBeInstanceOf(expected);
    expect(transport?.isOneWay).toBe(isOneWay);
    table.close();
  });

  it("stays while the address does, and is another when that changes", async () => {
    const table = setUp();
    const first = table.find("dp_1", HTTP);
    expect(table.find("dp_1", { ...HTTP })).toBe(first);
    expect(table.find("dp_2", HTTP)).not.toBe(first);
    const second = table.find("dp_1", { ...HTTP, additionalHeaders: { "x-a": "1" } });
    expect(second).not.toBe(first);
    if (first === undefined) return expect.unreachable("there was a transport");
    const { failure } = await new OpenAttempt(first).ended;
    expect(failure?.message).toContain("the connections to http://localhost:1 are closed");
    expect(table.find("dp_1", LAMBDA)).toBeInstanceOf(LambdaTransport);
    table.close();
  });

  it("is the one of this process by name, if there is one", () => {
    const table = setUp();
    expect(table.find("embedded:main", EMBEDDED)).toBeUndefined();
    const transport = new FakeTransport();
    table.embed("main", transport);
    table.find("embedded:main", HTTP);
    expect(table.find("embedded:main", EMBEDDED)).toBe(transport);
    table.close();
  });
});
