import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import * as fetchEntry from "../../fetch.ts";
import { type Context, createEndpointHandler, handlers, type Serde, service } from "../../index.ts";
import * as lambdaEntry from "../../lambda.ts";

/** Numbers as one byte, which operators see as JSON. */
const byte: Serde<number> = {
  contentType: "application/x-byte",
  serialize: (value) => Uint8Array.of(value),
  deserialize: (data) => {
    if (data.length !== 1) throw new Error("one byte is wanted");
    return data[0] ?? 0;
  },
  preview: {
    toJsonString: async (value) => JSON.stringify({ value }),
    fromJsonString: (text) => JSON.parse(text).value,
  },
};
const run = handlers.handler({ input: byte }, async (_ctx: Context, x: number) => x);
const services = [service({ name: "svc", handlers: { run } })];
const options = { services, logger: () => undefined };

type Answer = { status: number; type: string | null; body: Uint8Array };
type Ask = (path: string, body: Uint8Array<ArrayBuffer>) => Promise<Answer>;

async function toAnswer(response: Response): Promise<Answer> {
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type"), body };
}

const WAYS: Record<string, Ask> = {
  "Node's endpoint": async (path, body) => {
    const server = createServer(createEndpointHandler(options));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    return toAnswer(await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body }));
  },
  "the endpoint of fetch": async (path, body) => {
    const handle = fetchEntry.createEndpointHandler(options);
    return toAnswer(await handle(new Request(`http://host${path}`, { method: "POST", body })));
  },
  "the endpoint of Lambda": async (path, body) => {
    const handle = lambdaEntry.createEndpointHandler(options);
    const base64 = Buffer.from(body).toString("base64");
    const event = { path, httpMethod: "POST", body: base64, isBase64Encoded: true };
    const answer = await handle(event, undefined);
    const bytes = Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8");
    const type = answer.headers["content-type"] ?? null;
    return { status: answer.statusCode, type, body: new Uint8Array(bytes) };
  },
};

const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe.each(Object.entries(WAYS))("%s", (_, ask) => {
  test("takes what operators write", async () => {
    const answer = await ask("/p/serdes/svc/encode/run/input", bytesOf('{"value":200}'));
    expect(answer).toEqual({ status: 200, type: "application/x-byte", body: Uint8Array.of(200) });
  });

  test.each(["/serdes/svc/decode/run/input", "/p/serdes/svc/decode/run%2Finput?x=1"])(
    "shows them what was written: %s",
    async (path) => {
      const { status, type, body } = await ask(path, Uint8Array.of(200));
      expect([status, type, textOf(body)]).toEqual([200, "application/json", '{"value":200}']);
    },
  );

  test.each([
    ["/serdes/svc/decode/run/input", "xx", 422, "cannot decode svc/run/input: one byte is wanted"],
    ["/serdes/svc/encode/run/input", "{", 422, "cannot encode svc/run/input: "],
    ["/serdes/svc/decode/run/output", "x", 404, "no value svc/run/output that can be shown"],
    ["/serdes/svc/decode/other/input", "x", 404, "no value svc/other/input"],
    ["/serdes/svc/decode/run/toString", "x", 404, "nothing is served at POST"],
    ["/serdes/svc/turn/run/input", "x", 404, "nothing is served at POST"],
  ])("%s of %s is %d", async (path, text, expected, message) => {
    const { status, body } = await ask(path, bytesOf(text));
    expect(status).toBe(expected);
    expect(JSON.parse(textOf(body)).message).toContain(message);
  });

  test("bounds what it takes", async () => {
    const tooLong = new Uint8Array(32 * 1024 * 1024 + 1);
    const { status } = await ask("/serdes/svc/decode/run/input", tooLong);
    expect(status).toBe(413);
  });
});
