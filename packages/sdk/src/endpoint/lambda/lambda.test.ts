import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Context,
  createEndpointHandler,
  endpoint,
  type LogMetadata,
  service,
} from "../../lambda.ts";
import { Signer } from "../testing/signer.ts";
import { CONTENT_TYPE, decode, encodeReplay, ending } from "../testing/streams.ts";
import type { LambdaAnswer, LambdaEvent } from "./event.ts";

type Handler = (ctx: Context, input: never) => unknown;

const MIB = 1 << 20;
const accept = "application/vnd.restate.endpointmanifest.v4+json";
const context = { awsRequestId: "request-1", functionName: "f" };
const leaf = async (_ctx: Context, x: number) => x + 1;

function optionsOf(handler: Handler) {
  const run = handler as (ctx: Context, input: unknown) => Promise<unknown>;
  return { services: [service({ name: "svc", handlers: { run } })], logger: () => undefined };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Events as they are documented, with what does not matter here left in. */
const SHAPES = {
  "a server": ({ method, path, headers, body = "" }: Sent) => ({
    path,
    httpMethod: method,
    headers,
    body,
    isBase64Encoded: true,
  }),
  "a REST API": ({ method, path, headers, body }: Sent) => ({
    resource: "/{proxy+}",
    path,
    httpMethod: method,
    headers: capitalized(headers),
    multiValueHeaders: Object.fromEntries(
      Object.entries(capitalized(headers)).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters: null,
    pathParameters: { proxy: path.slice(1) },
    requestContext: { stage: "prod", httpMethod: method, path: `/prod${path}` },
    body: body ?? null,
    isBase64Encoded: true,
  }),
  "an HTTP API": ({ method, path, headers, body }: Sent) => ({
    version: "2.0",
    routeKey: "$default",
    rawPath: `/prod${path}`,
    rawQueryString: "",
    headers,
    requestContext: { http: { method, path: `/prod${path}`, protocol: "HTTP/1.1" } },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: body !== undefined,
  }),
} as const;

const capitalized = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replace(/(^|-)./g, (start) => start.toUpperCase()),
      value,
    ]),
  );

function invocation(body: Uint8Array, headers: Record<string, string> = {}): LambdaEvent {
  return SHAPES["a server"]({
    method: "POST",
    path: "/invoke/svc/run",
    headers: { "content-type": CONTENT_TYPE, ...headers },
    body: Buffer.from(body).toString("base64"),
  });
}

const bytesOf = (answer: LambdaAnswer) => {
  expect(answer.isBase64Encoded).toBe(true);
  return new Uint8Array(Buffer.from(answer.body, "base64"));
};

describe.each(Object.entries(SHAPES))("an event of %s", (_, shape) => {
  test("can be a discovery", async () => {
    const event = shape({ method: "GET", path: "/x/discover", headers: { accept } });
    const answer = await createEndpointHandler(optionsOf(leaf))(event, context);
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { "content-type": accept },
      isBase64Encoded: false,
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      protocolMode: "REQUEST_RESPONSE",
      services: [{ name: "svc" }],
    });
  });

  test("can be an invocation", async () => {
    const event = shape({
      method: "POST",
      path: "/x/invoke/svc/run",
      headers: { "content-type": CONTENT_TYPE },
      body: Buffer.from(encodeReplay(41)).toString("base64"),
    });
    const answer = await createEndpointHandler(optionsOf(leaf))(event, context);
    expect(answer).toMatchObject({ statusCode: 200, headers: { "content-type": CONTENT_TYPE } });
    expect(decode(bytesOf(answer))).toEqual(ending(42));
  });
});

test("what waits suspends", async () => {
  const handle = createEndpointHandler(
    optionsOf(async (ctx: Context) => {
      await ctx.run("one", () => 1);
      await ctx.sleep(1000);
    }),
  );
  const messages = decode(bytesOf(await handle(invocation(encodeReplay()), context)));
  expect(messages.at(-1)).toMatchObject({ kind: "suspension" });
});

test("the context reaches the handler, and its request id the log", async () => {
  const logged: (LogMetadata["context"] | undefined)[] = [];
  const handle = createEndpointHandler({
    ...optionsOf((ctx: Context) => {
      ctx.console.info("hello");
      return ctx.request().extraArgs[0] === context;
    }),
    logger: (metadata) => void logged.push(metadata.context),
  });
  const answer = await handle(invocation(encodeReplay()), context);
  expect(decode(bytesOf(answer))).toEqual(ending(true));
  expect(logged.length).toBeGreaterThan(0);
  for (const line of logged) {
    expect(line?.additionalContext).toEqual({ AWSRequestId: "request-1" });
  }
});

test("only signed requests, if there are keys", async () => {
  const signer = new Signer();
  const handle = createEndpointHandler({ ...optionsOf(leaf), identityKeys: [signer.keyId] });
  const headers = await signer.headersFor("/invoke/svc/run", Date.now() / 1000);
  const served = await handle(invocation(encodeReplay(1), headers), context);
  expect(decode(bytesOf(served))).toEqual(ending(2));
  expect(await handle(invocation(encodeReplay(1)), context)).toMatchObject({ statusCode: 401 });
});

test.each([
  [{}, 400, "the event is no HTTP request: register the function's ARN"],
  [{ path: "/x", headers: null, body: null }, 400, "the event is no HTTP request"],
  [{ path: "/x", httpMethod: "GET", headers: null, body: null }, 404, "nothing is served at GET"],
  [{ path: "/invoke/svc/run", httpMethod: "POST", headers: {}, body: "x" }, 415, "no content-type"],
])("%j is %d", async (event, statusCode, text) => {
  const answer = await createEndpointHandler(optionsOf(leaf))(event, undefined);
  expect(answer).toMatchObject({ statusCode, isBase64Encoded: false });
  expect(JSON.parse(answer.body).message).toContain(text);
});

test("garbage is answered with an error", async () => {
  const handle = createEndpointHandler(optionsOf(leaf));
  const garbage = await handle(invocation(new Uint8Array(100).fill(255)), context);
  expect(decode(bytesOf(garbage))).toMatchObject([{ kind: "error" }]);
  const nothing = await handle(invocation(new Uint8Array(0)), context);
  expect(decode(bytesOf(nothing)).at(-1)).toMatchObject({ kind: "error" });
});

test("the builder makes the same", async () => {
  const handle = endpoint()
    .bind(service({ name: "svc", handlers: { run: leaf } }))
    .setLogger(() => undefined)
    .handler();
  const answer = await handle(invocation(encodeReplay(1)), context);
  expect(decode(bytesOf(answer))).toEqual(ending(2));
});

describe("compression", () => {
  /** Stands for the runtime's zstd, which not every Node has: turns every bit around. */
  const turned = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);
  const zlib = {
    zstdCompress: (bytes: Uint8Array, done: (error: null, result: Uint8Array) => void) =>
      done(null, turned(bytes)),
    zstdDecompress: (
      bytes: Uint8Array,
      { maxOutputLength }: { maxOutputLength: number },
      done: (error: Error | null, result: Uint8Array) => void,
    ) =>
      bytes.length > maxOutputLength
        ? done(new RangeError("too large"), bytes)
        : done(null, turned(bytes)),
  };
  const start = (found: object, handler: Handler = leaf) => {
    vi.stubGlobal("process", { ...process, getBuiltinModule: () => found });
    return createEndpointHandler(optionsOf(handler));
  };
  const discover = async (handle: ReturnType<typeof createEndpointHandler>) => {
    const event = { method: "GET", path: "/discover", headers: { accept } };
    return JSON.parse((await handle(SHAPES["a server"](event), context)).body);
  };

  afterEach(() => void vi.unstubAllGlobals());

  test("is announced where the runtime has it", async () => {
    expect(await discover(start(zlib))).toMatchObject({ lambdaCompression: "zstd" });
    expect(await discover(start({}))).not.toHaveProperty("lambdaCompression");
  });

  test("of a request is undone", async () => {
    const event = invocation(turned(encodeReplay(1)), { "Content-Encoding": "zstd" });
    expect(decode(bytesOf(await start(zlib)(event, context)))).toEqual(ending(2));
    const answer = await start({})(event, context);
    expect(answer.statusCode).toBe(415);
    expect(JSON.parse(answer.body).message).toContain("Node 22.15 has it");
  });

  test.each([
    ["gzip, zstd;q=0.9", 3 * MIB, true],
    ["zstd", 2 * MIB, false],
    ["gzip", 3 * MIB, false],
    [undefined, 3 * MIB, false],
  ])("for %s of a response with %d bytes: %s", async (accepted, length, compressed) => {
    const headers = accepted === undefined ? {} : { "accept-encoding": accepted };
    const handle = start(zlib, async () => "x".repeat(length));
    const answer = await handle(invocation(encodeReplay(), headers), context);
    expect(answer.headers["content-encoding"]).toBe(compressed ? "zstd" : undefined);
    const bytes = bytesOf(answer);
    expect(decode(compressed ? turned(bytes) : bytes)).toEqual(ending("x".repeat(length)));
  });
});
