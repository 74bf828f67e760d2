import type { Message } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import { type Context, createEndpointHandler, endpoint, service } from "../../fetch.ts";
import { runAck, sleepDone } from "../../testing/messages.ts";
import { rest } from "../../testing/script.ts";
import { Signer } from "../testing/signer.ts";
import { CONTENT_TYPE, decode, encode, encodeReplay, ending } from "../testing/streams.ts";

type Handler = (ctx: Context, input: never) => unknown;

const MIB = 1 << 20;
const URL_OF_RUN = "https://example.com/a/prefix/invoke/svc/run?x=1";
const accept = "application/vnd.restate.endpointmanifest.v4+json";
const leaf = async (_ctx: Context, x: number) => x + 1;

function optionsOf(handler: Handler) {
  const run = handler as (ctx: Context, input: unknown) => Promise<unknown>;
  const services = [service({ name: "svc", handlers: { run } })];
  return { services, logger: () => undefined };
}

function invoke(body: NonNullable<RequestInit["body"]> | null, init: InvokeInit = {}): Request {
  const headers = { "content-type": CONTENT_TYPE, ...init.headers };
  // Node's own class of requests asks for the word whenever a body is a stream.
  const duplex = "half" as const;
  return new Request(URL_OF_RUN, { method: "POST", body, duplex, ...init, headers });
}

interface InvokeInit {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe("one way after the other", () => {
  test("discovery tells so", async () => {
    const handle = createEndpointHandler(optionsOf(leaf));
    const response = await handle(new Request("http://h/x/discover", { headers: { accept } }));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(accept);
    expect(response.headers.get("x-restate-server")).toMatch(/^rejoin-sdk-typescript/);
    expect(await response.json()).toMatchObject({
      protocolMode: "REQUEST_RESPONSE",
      services: [{ name: "svc", handlers: [{ name: "run" }] }],
    });
  });

  test("a handler that ends", async () => {
    const response = await createEndpointHandler(optionsOf(leaf))(invoke(encodeReplay(41)));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(CONTENT_TYPE);
    expect(decode(await bytesOf(response))).toEqual(ending(42));
  });

  test("what waits suspends", async () => {
    const handle = createEndpointHandler(optionsOf((ctx: Context) => ctx.sleep(1000)));
    const messages = decode(await bytesOf(await handle(invoke(encodeReplay()))));
    expect(messages.at(-1)).toMatchObject({ kind: "suspension" });
  });

  test("the response begins before the handler ends, and behind the request", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handle = createEndpointHandler(
      optionsOf(async (ctx: Context) => {
        const x = ctx.run("one", () => 1);
        await ctx.run("two", () => gate);
        return x;
      }),
    );
    const half = encodeReplay().subarray(0, 20);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    let answered = false;
    const answering = handle(invoke(readable)).then((response) => {
      answered = true;
      return response;
    });
    await writer.write(half);
    await rest();
    expect(answered).toBe(false);
    await writer.write(encodeReplay().subarray(20));
    await writer.close();
    const reader = (await answering).body?.getReader();
    const first = decode((await reader?.read())?.value ?? new Uint8Array());
    expect(first).toMatchObject([{ name: "one" }, { name: "two" }]);
    release();
    while (!(await reader?.read())?.done);
  });

  test("5 MB both ways", async () => {
    const text = "x".repeat(5 * MIB);
    const handle = createEndpointHandler(optionsOf(async (_ctx: Context, x: string) => `${x}!`));
    const messages = decode(await bytesOf(await handle(invoke(encodeReplay(text)))));
    expect(messages).toEqual(ending(`${text}!`));
  });

  test("what the runtime hands over reaches the handler", async () => {
    const env = { KEY: "value" };
    const handle = createEndpointHandler(
      optionsOf((ctx: Context) => {
        const [first, second] = ctx.request().extraArgs;
        return [first === env, second, ctx.request().attemptHeaders.get("x-a")];
      }),
    );
    const request = invoke(encodeReplay(), { headers: { "x-a": "1" } });
    expect(decode(await bytesOf(await handle(request, env, 7)))).toEqual(ending([true, 7, "1"]));
  });

  test.each([
    ["GET", "/nothing", 404],
    ["GET", "/health", 200],
    ["POST", "/invoke/svc/other", 404],
    ["POST", "/invoke/svc/run", 415],
  ])("%s %s is %d", async (method, path, status) => {
    const body = method === "POST" ? { body: "x", headers: { "content-type": "text/plain" } } : {};
    const handle = createEndpointHandler(optionsOf(leaf));
    expect(await handle(new Request(`http://h${path}`, { method, ...body }))).toMatchObject({
      status,
    });
  });

  test("garbage is answered with an error", async () => {
    const handle = createEndpointHandler(optionsOf(leaf));
    const garbage = new Uint8Array(100).fill(255);
    expect(decode(await bytesOf(await handle(invoke(garbage))))).toMatchObject([{ kind: "error" }]);
    const nothing = await handle(invoke(null));
    expect(decode(await bytesOf(nothing)).at(-1)).toMatchObject({ kind: "error" });
  });

  test("a request that breaks opens nothing that stays", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("reset")),
    });
    const response = await createEndpointHandler(optionsOf(leaf))(invoke(broken));
    await expect(response.arrayBuffer()).rejects.toThrow("the connection was lost");
  });

  test("only signed requests, if there are keys", async () => {
    const signer = new Signer();
    const handle = createEndpointHandler({ ...optionsOf(leaf), identityKeys: [signer.keyId] });
    const headers = await signer.headersFor("/invoke/svc/run", Date.now() / 1000);
    const served = await handle(invoke(encodeReplay(1), { headers }));
    expect(decode(await bytesOf(served))).toEqual(ending(2));
    const refused = await handle(invoke(encodeReplay(1)));
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ message: expect.stringContaining("not signed") });
  });
});

/** A request that goes on, and its response as it comes. */
class Exchange {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly request: Request;
  readonly aborting = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined = undefined;

  constructor() {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = writable.getWriter();
    this.request = invoke(readable, { signal: this.aborting.signal });
  }

  async answeredBy(handle: (request: Request) => Promise<Response>): Promise<this> {
    this.#reader = (await handle(this.request)).body?.getReader();
    return this;
  }

  sendBytes(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  send(...messages: readonly Message[]): Promise<void> {
    return this.sendBytes(encode(...messages));
  }

  half(): Promise<void> {
    return this.#writer.close();
  }

  breakRequest(): Promise<void> {
    return this.#writer.abort(new Error("reset"));
  }

  async next(): Promise<unknown[] | undefined> {
    const read = await this.#reader?.read();
    return read?.value === undefined ? undefined : decode(read.value);
  }

  /** Reads until a message of `kind` has come. */
  async until(kind: string): Promise<void> {
    const isThere = (message: unknown) => (message as { kind: string }).kind === kind;
    for (let part = await this.next(); !part?.some(isThere); part = await this.next()) {
      if (part === undefined) throw new Error(`the response ended without ${kind}`);
    }
  }

  async cancel(): Promise<void> {
    await this.#reader?.cancel();
  }
}

describe("both ways at once", () => {
  const open = (handler: Handler) =>
    createEndpointHandler({ ...optionsOf(handler), bidirectional: true });
  const steps = async (ctx: Context) => {
    const x = await ctx.run("one", () => 1);
    await ctx.sleep(1);
    return x;
  };

  test("discovery tells so", async () => {
    const response = await open(leaf)(new Request("http://h/discover", { headers: { accept } }));
    expect(await response.json()).toMatchObject({ protocolMode: "BIDI_STREAM" });
  });

  test("an attempt goes on with what comes", async () => {
    const exchange = await new Exchange().answeredBy(open(steps));
    await exchange.sendBytes(encodeReplay());
    await exchange.until("proposeRunCompletion");
    await exchange.send(runAck(1));
    await exchange.until("sleep");
    await exchange.send(sleepDone(2));
    expect(await exchange.next()).toEqual(ending(1));
    expect(await exchange.next()).toBeUndefined();
  });

  test("the end of the request suspends", async () => {
    const exchange = await new Exchange().answeredBy(open(steps));
    await exchange.sendBytes(encodeReplay());
    await exchange.half();
    const kinds: unknown[] = [];
    for (let part = await exchange.next(); part !== undefined; part = await exchange.next()) {
      kinds.push(...part.map((message) => (message as { kind: string }).kind));
    }
    expect(kinds.at(-1)).toBe("suspension");
  });

  test.each([
    ["the request breaks", (exchange: Exchange) => exchange.breakRequest()],
    ["nobody reads the response", (exchange: Exchange) => exchange.cancel()],
    ["the runtime says so", async (exchange: Exchange) => exchange.aborting.abort()],
  ])("a connection is lost when %s", async (_, lose) => {
    let signal: AbortSignal | undefined;
    const handle = open((ctx: Context) => {
      signal = ctx.request().attemptCompletedSignal;
      return ctx.sleep(1000);
    });
    const exchange = await new Exchange().answeredBy(handle);
    await exchange.sendBytes(encodeReplay());
    expect((await exchange.next())?.[0]).toMatchObject({ kind: "sleep" });
    expect(signal?.aborted).toBe(false);
    await lose(exchange).catch(() => undefined);
    await rest();
    expect(signal?.aborted).toBe(true);
  });

  test("a response that is not read holds back the request", async () => {
    const exchange = await new Exchange().answeredBy(
      open(async (ctx: Context) => {
        for (let i = 0; i < 10; i++) await ctx.run(() => i);
      }),
    );
    await exchange.sendBytes(encodeReplay());
    for (let turn = 0; turn < 10; turn++) await rest();
    // This read had begun before there was output.
    await exchange.send(runAck(1));
    let taken = false;
    const sending = exchange.send(runAck(2)).then(() => {
      taken = true;
    });
    for (let turn = 0; turn < 10; turn++) await rest();
    expect(taken).toBe(false);
    while (!taken) await exchange.next();
    await sending;
    await exchange.cancel();
  });
});

test("the builder makes the same", async () => {
  const build = () => endpoint().bind(service({ name: "svc", handlers: { run: leaf } }));
  const modeOf = async (handler: { fetch: (request: Request) => Promise<Response> }) => {
    const response = await handler.fetch(new Request("http://h/discover", { headers: { accept } }));
    return ((await response.json()) as { protocolMode: string }).protocolMode;
  };
  expect(await modeOf(build().handler())).toBe("REQUEST_RESPONSE");
  expect(await modeOf(build().bidirectional().handler())).toBe("BIDI_STREAM");
  expect(await modeOf(build().bidirectional(false).handler())).toBe("REQUEST_RESPONSE");
});
