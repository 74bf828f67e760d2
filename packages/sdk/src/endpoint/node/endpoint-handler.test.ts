import { createServer as createHttp1Server, type RequestListener } from "node:http";
import { connect, constants, createServer as createHttp2Server } from "node:http2";
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Server,
} from "node:net";
import { encodeFrames } from "@rejoin/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Context, createEndpointHandler, endpoint, service } from "../../index.ts";
import {
  inputMessage,
  runAck,
  runResult,
  sleepDone,
  startMessage,
} from "../../testing/messages.ts";
import { createHttpEndpoint } from "../http/http-endpoint.ts";
import { Signer } from "../testing/signer.ts";
import { NodeServer } from "./node-server.ts";
import { InvocationClient, type InvocationRequest } from "./testing/invocation-client.ts";

type Handler = (ctx: Context, input: never) => unknown;
type Bidirectional = { bidirectional?: boolean; identityKeys?: string[] };

const VERSIONS = [5, 6, 7] as const;
const MIB = 1 << 20;
const output = (value: unknown) => ({ kind: "output", name: "", result: { kind: "value", value } });
const leaf = async (_ctx: Context, x: number) => x + 1;
const nap = async (ctx: Context) => {
  await ctx.sleep(1000);
  return "awake";
};

function servicesOf(handler: Handler) {
  const run = handler as (ctx: Context, input: unknown) => Promise<unknown>;
  return [service({ name: "svc", handlers: { run } })];
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** The port of what `serve` opens. */
async function open(handler: Handler, options: Bidirectional = {}): Promise<number> {
  const { bidirectional, ...others } = options;
  const services = servicesOf(handler);
  const inner = createHttpEndpoint({ services, logger: () => undefined, ...others });
  const server = new NodeServer({ endpoint: inner, bidirectional });
  onTestFinished(() => server.drain(0));
  return server.listen(0);
}

const handlerOf = (handler: Handler, options: Bidirectional) =>
  createEndpointHandler({ services: servicesOf(handler), logger: () => undefined, ...options });

/** Every way in which a handler can be reached. */
const WAYS = [
  {
    name: "HTTP/2 of serve",
    open,
    call: (request: InvocationRequest) => InvocationClient.http2(request),
    bidirectional: true,
  },
  {
    name: "HTTP/2 of a server of the user",
    open: (handler: Handler, options: Bidirectional = {}) =>
      listen(createHttp2Server(handlerOf(handler, options))),
    call: (request: InvocationRequest) => InvocationClient.http2(request),
    bidirectional: true,
  },
  {
    name: "HTTP/1.1 of serve",
    open,
    call: (request: InvocationRequest) => InvocationClient.http1(request),
    bidirectional: false,
  },
  {
    name: "HTTP/1.1 of a server of the user",
    open: (handler: Handler, options: Bidirectional = {}) =>
      listen(createHttp1Server(handlerOf(handler, options))),
    call: (request: InvocationRequest) => InvocationClient.http1(request),
    bidirectional: false,
  },
] as const;

describe.each(WAYS)("$name", (way) => {
  const discover = async (port: number): Promise<{ protocolMode: string }> => {
    const accept = "application/vnd.restate.endpointmanifest.v4+json";
    const path = "/a/prefix/discover";
    if (!way.name.startsWith("HTTP/2")) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } });
      return (await response.json()) as { protocolMode: string };
    }
    const { body } = await getHttp2(port, path, { accept });
    return JSON.parse(body);
  };

  test("discovery tells the mode, which can be forced", async () => {
    const automatic = way.bidirectional ? "BIDI_STREAM" : "REQUEST_RESPONSE";
    expect((await discover(await way.open(leaf))).protocolMode).toBe(automatic);
    const both = await discover(await way.open(leaf, { bidirectional: true }));
    expect(both.protocolMode).toBe("BIDI_STREAM");
    const neither = await discover(await way.open(leaf, { bidirectional: false }));
    expect(neither.protocolMode).toBe("REQUEST_RESPONSE");
  });

  test.each(VERSIONS)("a leaf in version %d", async (version) => {
    const client = way.call({ port: await way.open(leaf), version, path: "/p/q/invoke/svc/run" });
    client.start(41);
    expect(await client.finished()).toEqual([output(42), { kind: "end" }]);
    expect(await client.status()).toBe(200);
    expect(client.headers).toMatchObject({
      "content-type": `application/vnd.restate.invocation.v${version}`,
      "x-restate-server": expect.stringMatching(/^rejoin-sdk-typescript\/\d/),
    });
  });

  test.each(VERSIONS)("in version %d messages go both ways", async (version) => {
    const port = await way.open(
      async (ctx: Context) => {
        const x = await ctx.run("one", () => 1);
        await ctx.sleep(1);
        return x;
      },
      { bidirectional: true },
    );
    const client = way.call({ port, version }).start();
    await client.first("proposeRunCompletion");
    client.send(version === 7 ? runAck(1) : runResult(1, 1));
    await client.first("sleep");
    client.send(sleepDone(2));
    expect(await client.finished()).toEqual(expect.arrayContaining([output(1), { kind: "end" }]));
  });

  test.each(VERSIONS)("the end of the request suspends, in version %d", async (version) => {
    const client = way.call({ port: await way.open(nap), version });
    client.start().half();
    const messages = await client.finished();
    expect(messages.at(-1)).toMatchObject({ kind: "suspension" });
  });

  test("only signed requests, if there are keys", async () => {
    const signer = new Signer();
    const port = await way.open(leaf, { identityKeys: [signer.keyId] });
    const headers = await signer.headersFor("/invoke/svc/run", Date.now() / 1000);
    const path = "/p/invoke/svc/run";
    expect(await way.call({ port, path, headers }).start(1).half().finished()).toEqual([
      output(2),
      { kind: "end" },
    ]);
    const refused = way.call({ port, path }).start(1).half();
    expect(await refused.status()).toBe(401);
    await refused.closed();
    expect(refused.received).toEqual([]);
  });

  test("requests in pieces", async () => {
    const bytes = encodeFrames([startMessage(), inputMessage(41)], 7);
    const client = way.call({ port: await way.open(leaf) });
    for (const byte of bytes) {
      client.sendBytes(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.finished()).toEqual([output(42), { kind: "end" }]);
  });

  test("5 MB both ways", async () => {
    const text = "x".repeat(5 * MIB);
    const port = await way.open(async (_ctx: Context, input: string) => input);
    const client = way.call({ port }).start(text);
    const messages = await client.finished();
    expect(messages[0]).toMatchObject({ result: { value: text } });
  });

  test("garbage and too large frames are answered with an error", async () => {
    const port = await way.open(leaf);
    for (const hex of ["deadbeef00000000", "00000000ffffffff"]) {
      const client = way.call({ port }).sendBytes(Buffer.from(hex, "hex"));
      expect(await client.finished()).toMatchObject([{ kind: "error", code: 571 }]);
      expect(await client.status()).toBe(200);
    }
  });

  test("what is not served", async () => {
    const port = await way.open(leaf);
    const cases = [
      [404, { path: "/invoke/svc/other" }],
      [404, { path: "/svc/run" }],
      [415, { headers: { "content-type": "application/vnd.restate.invocation.v4" } }],
    ] as const;
    for (const [status, request] of cases) {
      const client = way.call({ port, ...request }).half();
      expect(await client.status()).toBe(status);
      await client.closed();
    }
  });

  test.each(["replays", "runs"])(
    "a connection that breaks while it %s ends the attempt",
    async (when) => {
      let running: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        running = resolve;
      });
      let ended: () => void = () => undefined;
      const aborted = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const port = await way.open(
        async (ctx: Context) => {
          ctx.request().attemptCompletedSignal.addEventListener("abort", ended);
          running();
          await ctx.sleep(1000);
        },
        { bidirectional: true },
      );
      const client = way.call({ port });
      if (when === "replays") {
        client.send(startMessage({ knownEntries: 2 }), inputMessage());
        await client.status();
        client.breakConnection();
      } else {
        client.start();
        await started;
        client.breakConnection();
        await aborted;
      }
      // The endpoint goes on.
      const next = way.call({ port }).start().half();
      expect((await next.finished()).at(-1)).toMatchObject({ kind: "suspension" });
    },
  );
});

describe("HTTP/2", () => {
  test.each([
    constants.NGHTTP2_CANCEL,
    constants.NGHTTP2_NO_ERROR,
    constants.NGHTTP2_INTERNAL_ERROR,
  ])("a reset with code %d ends the attempt", async (code) => {
    let ended: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const port = await open(async (ctx: Context) => {
      ctx.request().attemptCompletedSignal.addEventListener("abort", ended);
      await ctx.sleep(1000);
    });
    const client = InvocationClient.http2({ port }).start();
    await client.first("sleep");
    client.reset(code);
    await aborted;
  });

  test("announces its bounds", async () => {
    const session = connect(`http://127.0.0.1:${await open(leaf)}`);
    onTestFinished(() => session.destroy());
    const settings = await new Promise((resolve) => session.once("remoteSettings", resolve));
    expect(settings).toMatchObject({ maxConcurrentStreams: 1024, initialWindowSize: 256 * 1024 });
  });

  test("200 streams at once on one connection", async () => {
    const port = await open(nap);
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const clients = Array.from({ length: 200 }, () =>
      InvocationClient.http2({ port }, session).start(),
    );
    for (const client of clients) await client.first("awaitingOn");
    for (const client of clients) client.send(sleepDone(1));
    for (const client of clients) {
      expect(await client.finished()).toEqual(expect.arrayContaining([output("awake")]));
    }
  });

  test("a burst of resets leaves the connection and its other streams alone", async () => {
    const port = await open(nap);
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const survivor = InvocationClient.http2({ port }, session).start();
    await survivor.first("awaitingOn");
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 50 }, () =>
        InvocationClient.http2({ port }, session).start(),
      );
      for (const client of clients) await client.first("awaitingOn");
      for (const client of clients) client.reset();
      for (const client of clients) await client.closed();
    }
    survivor.send(sleepDone(1));
    expect((await survivor.finished()).at(-2)).toEqual(output("awake"));
  });

  test("a response that is not read holds back the request", async () => {
    const chunk = "y".repeat(256 * 1024);
    const port = await open(async (ctx: Context) => {
      for (let i = 0; i < 40; i++) await ctx.run("chunk", () => chunk);
      return "done";
    });
    const client = InvocationClient.http2({ port }).start();
    await client.first("proposeRunCompletion");
    client.pause();
    // Acknowledgements in advance would take the handler to its end; signals do not concern it.
    const signal = { kind: "signal", signalIndex: 99, result: { kind: "void" } } as const;
    const flood = encodeFrames(new Array(1000).fill(signal), 7);
    client.send(runAck(1));
    for (let i = 0; i < 300; i++) client.sendBytes(flood);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.unsentBytes).toBeGreaterThan(MIB);
    client.resume();
    for (let id = 2; id <= 40; id++) {
      await client.until((messages) =>
        messages.some((m) => m.kind === "proposeRunCompletion" && m.completionId === id),
      );
      client.send(runAck(id));
    }
    expect((await client.finished()).at(-2)).toEqual(output("done"));
  });
});

describe("connections that do not speak HTTP", () => {
  test.each([
    "\u0000\u0001garbage\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense nonsense",
    "P",
    "",
  ])("%j is no harm", async (text) => {
    const port = await open(leaf);
    const socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write(text);
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
    const client = InvocationClient.http1({ port }).start(1);
    expect(await client.finished()).toEqual([output(2), { kind: "end" }]);
  });

  test("the preface in pieces is recognized", async () => {
    const port = await open(leaf);
    const client = InvocationClient.http2({ port: await openDripping(port) }).start(1);
    expect(await client.finished()).toEqual([output(2), { kind: "end" }]);
  });
});

describe("draining", () => {
  test("breaks the connections that have not ended in time", async () => {
    const services = servicesOf(() => new Promise(() => undefined));
    const server = new NodeServer({
      endpoint: createHttpEndpoint({ services }),
      bidirectional: undefined,
    });
    const port = await server.listen(0);
    const clients = [InvocationClient.http2({ port }), InvocationClient.http1({ port })];
    for (const client of clients) expect(await client.start().status()).toBe(200);
    await server.drain(50);
    for (const client of clients) await client.closed();
  });

  test("answers invocations on connections that are still open with 503", async () => {
    const inner = createHttpEndpoint({ services: servicesOf(leaf) });
    const server = new NodeServer({ endpoint: inner, bidirectional: undefined });
    const port = await server.listen(0);
    const client = InvocationClient.http1({ port });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const drained = server.drain(1000);
    client.start(1).half();
    await Promise.all([client.closed(), drained]);
    expect([0, 503]).toContain(await client.status().catch(() => 0));
  });
});

describe("endpoint()", () => {
  const build = () =>
    endpoint()
      .bind(service({ name: "svc", handlers: { run: leaf } }))
      .defaultServiceOptions({ ingressPrivate: true })
      .setLogger(() => undefined);

  test("gives handlers for every server", async () => {
    const http1 = await listen(createHttp1Server(build().http1Handler()));
    const client1 = InvocationClient.http1({ port: http1 }).start(1).half();
    expect(await client1.finished()).toEqual([output(2), { kind: "end" }]);
    const http2 = await listen(createHttp2Server(build().http2Handler()));
    const client2 = InvocationClient.http2({ port: http2 }).start(1);
    expect(await client2.finished()).toEqual([output(2), { kind: "end" }]);
    const both = await listen(createHttp1Server(build().handler() as RequestListener));
    const client3 = InvocationClient.http1({ port: both }).start(1).half();
    expect(await client3.finished()).toEqual([output(2), { kind: "end" }]);
  });

  test("passes options on", async () => {
    const port = await listen(createHttp1Server(build().http1Handler({ bidirectional: true })));
    const accept = "application/vnd.restate.endpointmanifest.v4+json";
    const response = await fetch(`http://127.0.0.1:${port}/discover`, { headers: { accept } });
    expect(await response.json()).toMatchObject({
      protocolMode: "BIDI_STREAM",
      services: [{ name: "svc", ingressPrivate: true }],
    });
  });

  test("refuses what is no key when it starts", () => {
    const keyed = () => build().withIdentityV1(new Signer().keyId, "publickeyv1_x");
    expect(() => keyed().handler()).toThrow(/the identity key "publickeyv1_x" holds 1 bytes/);
  });

  test("serves what is signed with one of the keys", async () => {
    const [first, second] = [new Signer(), new Signer()];
    const keyed = build().withIdentityV1(first.keyId).withIdentityV1(second.keyId);
    const port = await listen(createHttp2Server(keyed.http2Handler()));
    for (const signer of [first, second]) {
      const headers = await signer.headersFor("/invoke/svc/run", Date.now() / 1000);
      const client = InvocationClient.http2({ port, headers }).start(1);
      expect(await client.finished()).toEqual([output(2), { kind: "end" }]);
    }
    expect(await InvocationClient.http2({ port }).start(1).status()).toBe(401);
  });
});

/** A port that passes what it receives on to another, the first bytes one at a time. */
function openDripping(port: number): Promise<number> {
  const proxy = createTcpServer(async (from) => {
    const to = connectTcp({ port, host: "127.0.0.1", noDelay: true });
    for (const socket of [from, to]) socket.on("error", () => undefined);
    to.pipe(from);
    let dripped = 0;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const drops = chunk.subarray(0, Math.max(0, 40 - dripped));
      for (const byte of drops) {
        to.write(Uint8Array.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      dripped += drops.length;
      to.write(chunk.subarray(drops.length));
    }
    to.end();
  });
  return listen(proxy);
}

function getHttp2(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const session = connect(`http://127.0.0.1:${port}`);
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, ...headers });
    let status = 0;
    let body = "";
    stream.on("response", (response) => {
      status = response[":status"] ?? 0;
    });
    stream.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    stream.on("error", reject);
    stream.on("end", () => {
      session.close();
      resolve({ status, body });
    });
  });
}
