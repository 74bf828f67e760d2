/** How long a deployment may take to convert a value, and what it may answer. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { type ConversionAnswer, Conversions } from "./conversions.ts";

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function createConversions(convert?: () => Promise<ConversionAnswer>) {
  const closing = new AbortController();
  let runOutOfTime = () => {};
  const conversions = new Conversions({
    ports: {
      timers: {
        after: (_delayMs, callback) => {
          runOutOfTime = callback;
          return () => undefined;
        },
      },
    },
    limits: { discoveryTimeoutMs: 5000 },
    signal: closing.signal,
    outgoing: new OutgoingHeaders({}),
    functions: { call: () => Promise.reject(new Error("no function")) },
    tokens: { peek: () => undefined, get: () => Promise.reject(new Error("none")) },
    embedded: (name) =>
      name === "here" ? { ...(convert === undefined ? {} : { convert }) } : undefined,
  });
  return { conversions, closing, runOutOfTime: () => runOutOfTime() };
}

const conversion = {
  service: "echo",
  direction: "decode",
  serde: "shown/input",
  body: new Uint8Array(1),
} as const;

const at = (uri: string) => ({
  id: "dp_1",
  address: {
    kind: "http",
    uri,
    protocolMode: "REQUEST_RESPONSE",
    httpVersion: "HTTP/1.1",
    additionalHeaders: {},
  } as const,
});

const embedded = (name: string) => ({ id: "dp_1", address: { kind: "embedded", name } as const });

describe("a deployment that does not answer", () => {
  it("is given so much time", async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const uri = await listen(() => asked());
    const { conversions, runOutOfTime } = createConversions();
    const converted = conversions.convert(at(uri), conversion);
    await isAsked;
    runOutOfTime();
    await expect(converted).rejects.toThrow(/has not converted the value within 5 s/);
  });

  it("is not waited for by a server that shuts down", async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const uri = await listen(() => asked());
    const { conversions, closing } = createConversions();
    const converted = conversions.convert(at(uri), conversion);
    await isAsked;
    closing.abort();
    await expect(converted).rejects.toThrow("the server is shutting down");
    await expect(conversions.convert(at(uri), conversion)).rejects.toThrow("shutting down");
  });
});

describe("what a deployment answers", () => {
  it("is text or JSON where it refuses", async () => {
    const uri = await listen((_request, response) => {
      response.statusCode = 422;
      response.end("not that");
    });
    const { conversions } = createConversions();
    const refused = conversions.convert(at(uri), conversion);
    await expect(refused).rejects.toMatchObject({ status: 422, message: "not that" });
  });

  it("has a size", async () => {
    const uri = await listen((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 34; i++) response.write(chunk);
      response.end();
    });
    const { conversions } = createConversions();
    await expect(conversions.convert(at(uri), conversion)).rejects.toThrow("is larger than");
  });

  it("comes from this process only if it is there, and can", async () => {
    const answer = { status: 200, contentType: undefined, body: new Uint8Array([7]) };
    const { conversions } = createConversions(async () => answer);
    expect(await conversions.convert(embedded("here"), conversion)).toEqual({
      contentType: "application/octet-stream",
      body: answer.body,
    });
    await expect(conversions.convert(embedded("gone"), conversion)).rejects.toThrow(
      "deployment dp_1 is not in this process",
    );
    const unable = createConversions().conversions.convert(embedded("here"), conversion);
    await expect(unable).rejects.toThrow("deployment dp_1 cannot convert values");
  });

  it("of AWS Lambda is asked of its functions", async () => {
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:echo:1";
    const address = { kind: "lambda", arn, additionalHeaders: {} } as const;
    const { conversions } = createConversions();
    const refused = conversions.convert({ id: "dp_1", address }, conversion);
    await expect(refused).rejects.toThrow("no function");
  });
});
