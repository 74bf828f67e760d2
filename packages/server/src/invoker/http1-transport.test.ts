/** Attempts over HTTP/1.1, at little servers that do what the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import { createRealPorts } from "../ports/real-ports.ts";
import { type Http1Endpoint, Http1Transport } from "./http1-transport.ts";
import {
  CONTENT_TYPE,
  HeldTimers,
  input,
  kindsIn,
  OpenAttempt,
  outputAndEnd,
  REQUEST,
} from "./testing/attempts.ts";

const quiet = () => undefined;
const realPorts = createRealPorts(quiet);

interface Served {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly bodies: Buffer[];
  readonly sockets: Socket[];
}

type Answer = (response: ServerResponse, request: IncomingMessage, index: number) => void;

/** Answers each request, once it is whole unless `early`. */
async function serve(answer: Answer, { early = false } = {}): Promise<Served> {
  const served: Served = { url: "", requests: [], bodies: [], sockets: [] };
  const server = createServer((request, response) => {
    const index = served.requests.push(request) - 1;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      served.bodies[index] = Buffer.concat(chunks);
      if (!early) answer(response, request, index);
    });
    request.on("error", quiet);
    if (early) answer(response, request, index);
  });
  server.on("connection", (socket) => served.sockets.push(socket));
  const url = await listen(server);
  onTestFinished(() => server.closeAllConnections());
  return { ...served, url };
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(uri: string, rest: Partial<Http1Endpoint> = {}, ports = realPorts): Http1Transport {
  const transport = new Http1Transport(
    {
      uri,
      isOneWay: true,
      additionalHeaders: {},
      outgoing: new OutgoingHeaders({}),
      messageBytesMax: 2 ** 20,
      connectTimeoutMs: 5000,
      connectionsMax: 10,
      ...rest,
    },
    ports,
  );
  onTestFinished(() => transport.close());
  return transport;
}

function finish(response: ServerResponse, bytes = 3): void {
  response.writeHead(200, { "content-type": CONTENT_TYPE }).end(outputAndEnd(bytes));
}

const DONE = { failure: undefined, retry: { nextRetryDelayMs: undefined } };

describe("a request", () => {
  it("carries the journal, and its length when it is at hand", async () => {
    const served = await serve((response) => finish(response));
    const outgoing = new OutgoingHeaders({ "X-Restate-Cluster-Name": "c", "x-a": "1" });
    const transport = open(`${served.url}/pre/?q=1`, {
      outgoing,
      additionalHeaders: { "x-a": "2" },
    });
    const attempt = new OpenAttempt(transport, { ...REQUEST, objectKey: "a/b" });
    attempt.stream.send([input()]);
    attempt.stream.send([input(), input()]);
    attempt.stream.closeInput();
    expect(await attempt.ended).toEqual(DONE);
    expect(attempt.heard).toEqual(["output", "end"]);
    const [request] = served.requests;
    expect([request?.method, request?.url]).toEqual(["POST", "/pre/invoke/S/h?q=1"]);
    expect(request?.headers).toMatchObject({
      "content-type": CONTENT_TYPE,
      accept: CONTENT_TYPE,
      "x-restate-invocation-id": expect.stringMatching(/^inv_/),
      "x-restate-service-key": "a%2Fb",
      "x-restate-cluster-name": "c",
      "x-a": "2",
      "content-length": String(served.bodies[0]?.length),
    });
    expect(kindsIn(served.bodies[0] ?? Buffer.alloc(0))).toEqual(["input", "input", "input"]);
  });

  it("goes out in pieces when it is long", async () => {
    const served = await serve((response) => finish(response));
    const attempt = new OpenAttempt(open(served.url));
    for (let i = 0; i < 40; i++) attempt.stream.send([input(5000)]);
    attempt.stream.closeInput();
    expect(await attempt.ended).toEqual(DONE);
    expect(served.requests[0]?.headers["transfer-encoding"]).toBe("chunked");
    expect(kindsIn(served.bodies[0] ?? Buffer.alloc(0))).toHaveLength(40);
  });

  it("uses a connection that is free", async () => {
    const served = await serve((response) => finish(response));
    const transport = open(served.url);
    for (let i = 0; i < 5; i++) {
      expect(await new OpenAttempt(transport).sendAll().ended).toEqual(DONE);
      await expect.poll(() => transport.idleConnections).toBe(1);
    }
    expect(served.sockets).toHaveLength(1);
    expect(served.requests).toHaveLength(5);
  });

  it("waits for one of the connections when all are busy", async () => {
    const waiting: ServerResponse[] = [];
    const served = await serve((response) => void waiting.push(response));
    const transport = open(served.url, { connectionsMax: 2 });
    const attempts = Array.from({ length: 5 }, () => new OpenAttempt(transport).sendAll());
    for (let answered = 0; answered < 5; answered++) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      expect(transport.busyConnections).toBeLessThanOrEqual(2);
      const [next] = waiting.splice(0, 1);
      if (next !== undefined) finish(next);
    }
    for (const attempt of attempts) expect(await attempt.ended).toEqual(DONE);
    expect(served.sockets).toHaveLength(2);
  });

  it("may take longer than a connection may be idle", async () => {
    const served = await serve((response) => {
      setTimeout(() => finish(response), 150);
    });
    const transport = open(served.url, { idleMs: 20 });
    expect(await new OpenAttempt(transport).sendAll().ended).toEqual(DONE);
    await expect.poll(() => transport.idleConnections).toBe(0);
  });

  it("goes over another connection if the one that was free is closed by then", async () => {
    const served = await serve((response, request, index) => {
      // The second request arrives on a connection that its end had just given up.
      if (index === 1) request.socket.destroy();
      else finish(response);
    });
    const transport = open(served.url);
    await new OpenAttempt(transport).sendAll().ended;
    await expect.poll(() => transport.idleConnections).toBe(1);
    const attempt = new OpenAttempt(transport).sendAll();
    expect(await attempt.ended).toEqual(DONE);
    expect(attempt.heard).toEqual(["output", "end"]);
    expect(served.requests).toHaveLength(3);
    expect(kindsIn(served.bodies[2] ?? Buffer.alloc(0))).toEqual(["input"]);
  });

  it("is not sent again over a connection that was new", async () => {
    const served = await serve((_response, request) => void request.socket.destroy());
    const { failure } = await new OpenAttempt(open(served.url)).sendAll().ended;
    expect(failure).toMatchObject({ docCode: "RT0010" });
    expect(served.requests).toHaveLength(1);
  });
});

describe("an answer", () => {
  it("is heard as it comes, and read only while it is wanted", async () => {
    let rest: (() => void) | undefined;
    const served = await serve((response, _request, index) => {
      if (index > 0) return finish(response);
      const bytes = outputAndEnd(1000);
      response.writeHead(200, { "content-type": CONTENT_TYPE });
      response.write(bytes.subarray(0, -8));
      rest = () => response.end(bytes.subarray(-8));
    });
    const transport = open(served.url);
    const attempt = new OpenAttempt(transport).sendAll();
    await expect.poll(() => attempt.heard).toEqual(["output"]);
    attempt.stream.setReading(false);
    rest?.();
    // Another request takes longer than the rest would.
    await new OpenAttempt(transport).sendAll().ended;
    expect(attempt.heard).toEqual(["output"]);
    attempt.stream.setReading(true);
    expect(await attempt.ended).toEqual(DONE);
    expect(attempt.heard).toEqual(["output", "end"]);
  });

  it.each([
    [429, { "retry-after": "3" }, "RT0023", 3000],
    [503, {}, "RT0023", undefined],
    [413, {}, "RT0019", undefined],
    [415, {}, "RT0015", undefined],
    [502, {}, "RT0010", undefined],
    [404, {}, "RT0012", undefined],
    [200, { "content-type": "text/html" }, "RT0012", undefined],
  ])("of status %d is a failure", async (status, headers, docCode, nextRetryDelayMs) => {
    const served = await serve((response) => void response.writeHead(status, headers).end("no"));
    const end = await new OpenAttempt(open(served.url)).sendAll().ended;
    expect(end).toMatchObject({ failure: { docCode }, retry: { nextRetryDelayMs } });
  });

  it("that ends inside a message violates the protocol", async () => {
    const served = await serve((response) => {
      response.writeHead(200, { "content-type": CONTENT_TYPE }).end(outputAndEnd().subarray(0, 12));
    });
    const { failure } = await new OpenAttempt(open(served.url)).sendAll().ended;
    expect(failure?.docCode).toBe("RT0012");
  });

  it("that breaks off is a failure of the network", async () => {
    const served = await serve((response) => {
      response.writeHead(200, { "content-type": CONTENT_TYPE });
      response.write(outputAndEnd().subarray(0, 12), () => response.destroy());
    });
    const attempt = new OpenAttempt(open(served.url)).sendAll();
    expect((await attempt.ended).failure).toMatchObject({
      docCode: "RT0010",
      message: "the connection to the endpoint was closed before the attempt ended",
    });
    expect(attempt.ends).toHaveLength(1);
  });

  it("has a while to end after its last message", async () => {
    const { ports, ...timers } = holdTimers();
    const served = await serve((response) => {
      response.writeHead(200, { "content-type": CONTENT_TYPE }).write(outputAndEnd());
    });
    const attempt = new OpenAttempt(open(served.url, {}, ports)).sendAll();
    await expect.poll(() => attempt.heard).toEqual(["output", "end"]);
    expect(attempt.ends).toEqual([]);
    timers.pass(5000);
    await attempt.ended;
    await expect.poll(() => served.sockets[0]?.destroyed).toBe(true);
  });
});

function holdTimers() {
  const timers = new HeldTimers();
  return { ports: timers.ports, logged: timers.logged, pass: (ms: number) => timers.pass(ms) };
}

describe("a connection", () => {
  it("that nobody takes is a failure that says so", async () => {
    const served = await serve((response) => finish(response));
    const gone = createTcpServer();
    const url = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const { failure } = await new OpenAttempt(open(url)).sendAll().ended;
    expect(failure?.message).toBe(`nothing listens at ${url}: is the service running?`);
    expect(served.requests).toEqual([]);
  });

  it("ends when the attempt is aborted, and nothing is heard then", async () => {
    const served = await serve(() => undefined);
    const attempt = new OpenAttempt(open(served.url)).sendAll();
    await expect.poll(() => served.requests.length).toBe(1);
    attempt.stream.abort("enough");
    await expect.poll(() => served.sockets[0]?.destroyed).toBe(true);
    expect(attempt.ends).toEqual([]);
  });

  it("ends with its request when the transport retires", async () => {
    let answer: (() => void) | undefined;
    const served = await serve((response, _request, index) => {
      if (index === 0) finish(response);
      else answer = () => finish(response);
    });
    const transport = open(served.url);
    await new OpenAttempt(transport).sendAll().ended;
    await expect.poll(() => transport.idleConnections).toBe(1);
    const last = new OpenAttempt(transport).sendAll();
    await expect.poll(() => answer).toBeDefined();
    transport.retire();
    answer?.();
    expect(await last.ended).toEqual(DONE);
    await expect.poll(() => served.sockets.every(({ destroyed }) => destroyed)).toBe(true);
    const { failure } = await new OpenAttempt(transport).sendAll().ended;
    expect(failure?.message).toContain("are closed");
  });
});

describe("an endpoint that says that it streams", () => {
  it("answers before the request has ended", async () => {
    const served = await serve(
      (response) => {
        response.writeHead(200, { "content-type": CONTENT_TYPE });
        response.write(outputAndEnd().subarray(0, -8));
      },
      { early: true },
    );
    const { ports, pass } = holdTimers();
    const transport = open(served.url, { isOneWay: false }, ports);
    const attempt = new OpenAttempt(transport);
    attempt.stream.send([input()]);
    await expect.poll(() => attempt.heard).toEqual(["output"]);
    pass(3000);
    expect(served.requests[0]?.complete).toBe(false);
    attempt.stream.send([input()]);
    attempt.stream.closeInput();
    await expect.poll(() => served.bodies[0]?.length).toBeGreaterThan(0);
    expect(kindsIn(served.bodies[0] ?? Buffer.alloc(0))).toEqual(["input", "input"]);
    expect(transport.isOneWay).toBe(false);
  });

  it("and does not is found out once, and driven by whole requests from then on", async () => {
    const served = await serve((response) => finish(response));
    const { ports, pass, logged } = holdTimers();
    const transport = open(served.url, { isOneWay: false }, ports);
    const attempt = new OpenAttempt(transport);
    attempt.stream.send([input()]);
    await expect.poll(() => served.requests.length).toBe(1);
    expect(attempt.ends).toEqual([]);
    pass(3000);
    expect(await attempt.ended).toEqual(DONE);
    expect(transport.isOneWay).toBe(true);
    expect(logged.join()).toContain("answers only to whole requests");
  });

  it("shows nothing when its input is closed for another reason", async () => {
    const served = await serve((response) => finish(response));
    const transport = open(served.url, { isOneWay: false });
    expect(await new OpenAttempt(transport).sendAll().ended).toEqual(DONE);
    expect(transport.isOneWay).toBe(false);
  });
});
