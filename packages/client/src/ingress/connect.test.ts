import {
  iface,
  implement,
  type ObjectContext,
  object,
  rpc as sdkRpc,
  service,
  workflow,
} from "@rejoin/sdk";
import { describe, expect, expectTypeOf, it } from "vitest";
import { ClientError } from "../client-error.ts";
import * as serde from "../serde/namespace.ts";
import { startServer, unusedUrl } from "../testing/answering-server.ts";
import { type ScriptedAnswer, scriptFetch } from "../testing/scripted-fetch.ts";
import { connect, createIngress } from "./connect.ts";
import { HttpCallError } from "./http-call-error.ts";
import type { ConnectionOpts } from "./ingress.ts";
import { Opts, rpc, SendOpts } from "./options.ts";

const greeter = service({
  name: "greeter",
  handlers: {
    greet: async (_ctx, name: string) => `hello ${name}`,
    ping: async () => {},
  },
});
const counter = object({
  name: "counter",
  handlers: { add: async (_ctx: ObjectContext, amount: number) => amount },
});
const signup = workflow({
  name: "signup",
  handlers: { run: async (_ctx, email: string) => email },
});

function open(answers: readonly ScriptedAnswer[], options: Partial<ConnectionOpts> = {}) {
  const { fetch, asked, ports } = scriptFetch(answers);
  const ingress = createIngress({ url: "http://ingress:8080/base/", fetch, ...options }, ports);
  return { ingress, asked };
}

const failureOf = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => Promise.reject(new Error(`no failure, but ${String(value)}`)),
    (error: unknown) => error,
  );

describe("a connection", () => {
  it("refuses what is no URL, and says how one looks", () => {
    for (const url of ["", "localhost:8080", "ftp://host", "http://"]) {
      expect(() => connect({ url })).toThrow("write it as http://host:port");
    }
  });

  it("takes a path of the page's own server", async () => {
    const { ingress, asked } = open([{ text: '"hi"' }], { url: "/api/" });
    await ingress.serviceClient(greeter).greet("Ada");
    expect(asked[0]?.url).toBe("/api/greeter/greet");
  });

  it("keeps the path of its URL, and lets narrower headers replace wider ones", async () => {
    const { ingress, asked } = open([{ text: '"hi"' }], { headers: { Authorization: "all" } });
    const headers = { authorization: "own", "X-Own": "1" };
    await ingress.serviceClient(greeter).greet("Ada", rpc.opts({ headers, limitKey: "a/b" }));
    expect(asked[0]).toMatchObject({ url: "http://ingress:8080/base/greeter/greet" });
    expect(asked[0]?.headers).toEqual({
      authorization: "own",
      "content-type": "application/json",
      "x-own": "1",
      "x-restate-limit-key": "a/b",
      "x-restateclient-retry-attempt": "1",
    });
  });

  it("uses the global fetch of the moment", async () => {
    const { url, asked } = await startServer({ json: "hello Ada" });
    expect(await connect({ url }).serviceClient(greeter).greet("Ada")).toBe("hello Ada");
    expect(asked[0]).toMatchObject({ method: "POST", path: "/greeter/greet", body: '"Ada"' });
  });
});

describe("what is called", () => {
  it("escapes keys, names and ids", async () => {
    const { ingress, asked } = open([{ text: "1" }]);
    await ingress.objectClient(counter, "a/b ü?").add(1);
    await ingress.objectClient(counter, "").add(1);
    await ingress.call({ service: "a/b", handler: "c?d", parameter: 1 });
    await ingress.resolveAwakeable("a/b", 1);
    expect(asked.map(({ url }) => url.slice("http://ingress:8080/base".length))).toEqual([
      "/counter/a%2Fb%20%C3%BC%3F/add",
      "/counter//add",
      "/a%2Fb/c%3Fd",
      "/restate/a/a%2Fb/resolve",
    ]);
  });

  it("does not go astray for a key that a URL takes for a step", async () => {
    const { ingress, asked } = open([{ text: "1" }]);
    for (const key of [".", ".."]) {
      const text = `"${key}" cannot be written into the URL of `;
      await expect(ingress.objectClient(counter, key).add(1)).rejects.toThrow(text);
      const client = ingress.workflowClient(signup, key);
      await expect(client.workflowAttach()).rejects.toThrow(text);
    }
    expect(asked).toEqual([]);
  });

  it("asks for a workflow of a scope by what it is", async () => {
    const { ingress, asked } = open([{ text: '"x"' }]);
    const client = ingress.scope("tenant").workflowClient(signup, "w/1");
    expect(await client.workflowAttach()).toBe("x");
    expect(await client.workflowOutput()).toEqual({ ready: true, result: "x" });
    const body =
      '{"target":"workflow","workflowName":"signup","workflowKey":"w/1","scope":"tenant"}';
    const base = "http://ingress:8080/base/restate";
    expect(asked).toMatchObject([
      { method: "POST", url: `${base}/attach`, body },
      { method: "POST", url: `${base}/output`, body },
    ]);
  });

  it("sends headers, timeout and signal with what waits for a workflow too", async () => {
    const { ingress, asked } = open([{ text: '"x"' }]);
    const { signal } = new AbortController();
    const opts = rpc.opts<void, string>({ signal, headers: { "X-Own": "1" } });
    await ingress.workflowClient(signup, "w").workflowAttach(opts);
    expect(asked[0]).toMatchObject({ method: "GET", signal, headers: { "x-own": "1" } });
  });

  it("sends a delay in whole milliseconds, and none that has passed", async () => {
    const receipt = { text: '{"invocationId":"inv_1","status":"Accepted"}', status: 202 };
    const { ingress, asked } = open([receipt]);
    for (const delay of [{ minutes: 1 }, 0.2, 0, -5]) {
      await ingress.serviceSendClient(greeter).greet("Ada", rpc.sendOpts({ delay }));
    }
    expect(asked.map(({ url }) => url.split("/").at(-1))).toEqual([
      "send?delay=60000ms",
      "send?delay=1ms",
      "send",
      "send",
    ]);
  });

  it("says when a delayed send is due", async () => {
    const executionTime = "2026-01-01T00:00:00Z";
    const text = JSON.stringify({ invocationId: "inv_1", executionTime, status: "Accepted" });
    const { ingress } = open([{ text, status: 202 }]);
    const sent = await ingress.serviceSendClient(greeter).greet("Ada", rpc.sendOpts({ delay: 1 }));
    expect(sent).toEqual({
      invocationId: "inv_1",
      status: "Accepted",
      executionTime,
      attachable: false,
    });
  });
});

describe("clients", () => {
  const { ingress, asked } = open([{ text: '"hi"' }]);

  it("can be awaited without a call", async () => {
    const client = ingress.serviceClient(greeter);
    expect(await (client as unknown as Promise<unknown>)).toBe(client);
    const workflowClient = ingress.workflowClient(signup, "w");
    expect(await (workflowClient as unknown as Promise<unknown>)).toBe(workflowClient);
    expect(asked).toEqual([]);
  });

  it("give the same function again", () => {
    const client = ingress.serviceClient(greeter);
    expect(client.greet).toBe(client.greet);
  });

  it("say which client a definition needs", () => {
    expect(() => ingress.serviceClient(counter)).toThrow(
      "counter is a virtual object: use objectClient(…, key)",
    );
    expect(() => ingress.serviceSendClient(signup)).toThrow("use workflowClient(…, key)");
    expect(() => ingress.objectClient(greeter, "k")).toThrow(
      "greeter is a service and has no keys: use serviceClient(…)",
    );
    expect(() => ingress.scope("s").workflowClient(greeter as never, "k")).toThrow("serviceClient");
  });

  it("need a key where there are keys", () => {
    const without = ingress.objectClient as unknown as (definition: unknown) => unknown;
    expect(() => without(counter)).toThrow("a client of counter needs a key, a string");
  });

  it("reject arguments that they cannot tell apart", async () => {
    const greet = ingress.serviceClient(greeter).greet as (...args: unknown[]) => Promise<unknown>;
    await expect(greet("Ada", { idempotencyKey: "k" })).rejects.toThrow("wrap them with rpc.opts");
    await expect(greet("Ada", rpc.opts({}), 3)).rejects.toThrow("got 3 arguments");
    await expect(greet("Ada", sdkRpc.opts({}))).rejects.toThrow("of @rejoin/client");
    expect(await greet("Ada", undefined)).toBe("hi");
  });

  it("take the options of another copy of this package", async () => {
    const { ingress: own, asked: requests } = open([{ text: '"hi"' }]);
    const copied = {
      [Symbol.for("@rejoin/client/options")]: true,
      opts: { idempotencyKey: "k" },
    };
    const greet = own.serviceClient(greeter).greet as (...args: unknown[]) => Promise<unknown>;
    await greet("Ada", copied);
    expect(requests[0]).toMatchObject({ body: '"Ada"', headers: { "idempotency-key": "k" } });
  });
});

describe("payloads", () => {
  it("of nothing have no type", async () => {
    const { ingress, asked } = open([{}]);
    expect(await ingress.serviceClient(greeter).ping()).toBeUndefined();
    await ingress.serviceClient(greeter).ping(rpc.opts({ input: serde.empty }));
    await ingress.resolveAwakeable("sign_1");
    for (const { body, headers } of asked) {
      expect(body).toBe("");
      expect(headers).not.toHaveProperty("content-type");
    }
  });

  it("are bytes for bytes when a handler is called by name, unless a serde says otherwise", async () => {
    const bytes = new Uint8Array([0, 255, 7]);
    const { ingress, asked } = open([{ bytes }]);
    const target = { service: "greeter", handler: "greet", parameter: bytes };
    const result = await ingress.call(target);
    expectTypeOf(result).toEqualTypeOf<Uint8Array>();
    expect(result).toEqual(bytes);
    expect(asked[0]?.headers["content-type"]).toBe("application/octet-stream");
    await ingress.send({ ...target, opts: SendOpts.from({ input: serde.json }) }).catch(() => {});
    expect(asked[1]).toMatchObject({ body: '{"0":0,"1":255,"2":7}' });
  });

  it("take the nearest serde: of the call, of the handler, of the connection", async () => {
    const tagged = (tag: string) => ({
      contentType: `text/${tag}`,
      serialize: () => new TextEncoder().encode(tag),
      deserialize: () => tag,
    });
    const declared = service({
      name: "declared",
      handlers: { both: async (_ctx, value: string) => value },
      options: { serde: tagged("handler") },
    });
    const { ingress, asked } = open([{}], { serde: tagged("connection") });
    const client = ingress.serviceClient(declared);
    const own = rpc.opts({ input: tagged("call"), output: tagged("call") });
    expect([
      await ingress.serviceClient(greeter).greet("x"),
      await client.both("x"),
      await client.both("x", own),
    ]).toEqual(["connection", "handler", "call"]);
    expect(asked.map(({ body }) => body)).toEqual(["connection", "handler", "call"]);
    expect(asked[2]?.headers["content-type"]).toBe("text/call");
  });

  it("pass through the codec, empty ones too, but not what the server says itself", async () => {
    const codec = {
      encode: (bytes: Uint8Array) => new Uint8Array([33, ...bytes]),
      decode: async (bytes: Uint8Array) => bytes.slice(1),
    };
    const receipt = { text: '{"invocationId":"inv_1","status":"Accepted"}' };
    const { ingress, asked } = open([{ text: '!"hi"' }, { text: "!" }, receipt], {
      journalValueCodec: codec,
    });
    expect(await ingress.serviceClient(greeter).greet("Ada")).toBe("hi");
    expect(await ingress.serviceClient(greeter).ping()).toBeUndefined();
    const sent = await ingress.serviceSendClient(greeter).greet("Ada");
    expect(sent.invocationId).toBe("inv_1");
    expect(asked.map(({ body }) => body)).toEqual(['!"Ada"', "!", '!"Ada"']);
  });
});

describe("types", () => {
  const { ingress } = open([{ text: '"hi"' }]);
  const contract = iface.object("contract", { add: iface.json<number, string>() });
  const implemented = implement(contract, { handlers: { add: async (_ctx, n) => String(n) } });

  it("are those of the SDK's definitions and contracts", () => {
    expectTypeOf(ingress.serviceClient(greeter).greet).returns.resolves.toEqualTypeOf<string>();
    expectTypeOf(ingress.serviceClient<typeof greeter>({ name: "greeter" }).greet)
      .parameter(0)
      .toEqualTypeOf<string>();
    expectTypeOf(ingress.client(contract, "k").add).parameter(0).toEqualTypeOf<number>();
    expectTypeOf(ingress.client(implemented, "k").add).returns.resolves.toEqualTypeOf<string>();
    const submit = ingress.workflowClient(signup, "w").workflowSubmit;
    expectTypeOf(submit).parameter(0).toEqualTypeOf<string>();
    // @ts-expect-error: a number is no name
    void (() => ingress.serviceClient(greeter).greet(1));
    // @ts-expect-error: there is no such handler
    void (() => ingress.serviceClient(greeter).nope());
    // @ts-expect-error: run is submitted
    void (() => ingress.workflowClient(signup, "w").run("x"));
    // @ts-expect-error: objects have keys
    void (() => ingress.client(contract));
    expectTypeOf(Opts.from({})).toEqualTypeOf<Opts<unknown, unknown>>();
  });
});

describe("failures", () => {
  it("name the URL when nobody listens there", async () => {
    const url = await unusedUrl();
    const error = await failureOf(connect({ url }).serviceClient(greeter).greet("Ada"));
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ kind: "unreachable", url });
    const { message, cause } = error as ClientError;
    expect(message).toContain(`cannot reach the ingress at ${url} (connect ECONNREFUSED`);
    expect(message).toContain("is the server running, and is this its URL?");
    expect(cause).toBeInstanceOf(TypeError);
  });

  it("say how often it was tried", async () => {
    const { ingress } = open([{ error: new TypeError("fetch failed") }], { retry: true });
    const opts = rpc.opts<string, string>({ idempotencyKey: "k" });
    await expect(ingress.serviceClient(greeter).greet("Ada", opts)).rejects.toThrow(
      "cannot reach the ingress at http://ingress:8080/base (fetch failed), after 6 attempts: is",
    );
  });

  it("say what to do when fetch has waited long enough for an answer", async () => {
    const cause = Object.assign(new Error("Headers Timeout Error"), {
      code: "UND_ERR_HEADERS_TIMEOUT",
    });
    const { ingress } = open([{ error: new TypeError("fetch failed", { cause }) }]);
    const error = await failureOf(ingress.serviceClient(greeter).greet("Ada"));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(String(error)).toContain(
      "fetch has given up waiting for the answer to POST http://ingress:8080/base/greeter/greet " +
        "(Headers Timeout Error): an invocation that was accepted goes on",
    );
  });

  it("say that an answer broke off", async () => {
    const { ingress } = open([{ brokenBody: new Error("terminated") }]);
    await expect(ingress.serviceClient(greeter).greet("Ada")).rejects.toThrow(
      "the answer to POST http://ingress:8080/base/greeter/greet broke off (terminated): is the",
    );
  });

  it("say that a server has not answered in time, as a timeout", async () => {
    const { url } = await startServer({ silent: true });
    const opts = rpc.opts<string, string>({ timeout: 20 });
    const error = await failureOf(connect({ url }).serviceClient(greeter).greet("Ada", opts));
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect(String(error)).toContain(`POST ${url}/greeter/greet has not been answered for 20 ms`);
  });

  it("of an abort are its reason", async () => {
    const { url } = await startServer({ silent: true });
    const controller = new AbortController();
    const opts = rpc.opts<string, string>({ signal: controller.signal });
    const call = connect({ url }).serviceClient(greeter).greet("Ada", opts);
    controller.abort();
    expect(await failureOf(call)).toMatchObject({ name: "AbortError" });
  });

  it("of an invocation hold all that it says", async () => {
    const json = {
      code: 1200,
      message: "taken",
      source: "invocation",
      metadata: { by: "Ada" },
    };
    const { url } = await startServer({ status: 500, json, headers: { "x-restate-id": "inv_1" } });
    const error = await failureOf(connect({ url }).serviceClient(greeter).greet("Ada"));
    expect(error).toBeInstanceOf(HttpCallError);
    expect(error).toMatchObject({
      name: "HttpCallError",
      status: 500,
      code: 1200,
      reason: "taken",
      source: "invocation",
      metadata: { by: "Ada" },
      invocationId: "inv_1",
      responseText: JSON.stringify(json),
      message: `Request failed: 500\n${JSON.stringify(json)}`,
    });
  });

  it("of something else hold its text", async () => {
    const { ingress } = open([{ status: 502, text: "<html>bad gateway</html>" }]);
    expect(await failureOf(ingress.serviceClient(greeter).greet("Ada"))).toMatchObject({
      status: 502,
      code: 502,
      reason: "<html>bad gateway</html>",
      source: undefined,
      metadata: undefined,
      invocationId: undefined,
    });
  });

  it("of answers that cannot be read say whose they are", async () => {
    const { ingress } = open([{ text: "<html>" }]);
    const error = await failureOf(ingress.serviceClient(greeter).greet("Ada"));
    expect(error).toMatchObject({ kind: "malformed", cause: expect.any(SyntaxError) });
    expect(String(error)).toContain(
      "cannot read the answer to POST http://ingress:8080/base/greeter/greet:",
    );
    expect(String(error)).toContain("is this the URL of an ingress");
    const { ingress: other } = open([{ text: "{}" }]);
    expect(await failureOf(other.serviceSendClient(greeter).greet("Ada"))).toMatchObject({
      kind: "malformed",
    });
  });

  it("of results that are not kept say what to do", async () => {
    const { ingress, asked } = open([{ text: "1" }]);
    const sent = { invocationId: "inv_1", status: "Accepted", attachable: false } as const;
    await expect(ingress.result(sent)).rejects.toThrow("inv_1 is not kept: send with an");
    expect(asked).toEqual([]);
  });
});
