/** The ingress as its users meet it: over HTTP. */
import { type Context, handlers, serde, service } from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createGates, type Gate } from "./support/gate-service.ts";
import { attach, call, output, request, type SendAnswer, send } from "./support/ingress-client.ts";
import { exchange } from "./support/raw-http.ts";
import { tools } from "./support/tools-service.ts";

const GET = { method: "GET" };

/** Handlers with other inputs and outputs than JSON. */
const special = service({
  name: "special",
  handlers: {
    bytes: handlers.handler(
      { input: serde.binary, output: serde.binary },
      async (_ctx: Context, data: Uint8Array): Promise<Uint8Array> => data.toReversed(),
    ),
    noBody: handlers.handler(
      { input: serde.empty },
      async (_ctx: Context): Promise<string> => "no body",
    ),
    anyText: handlers.handler(
      { accept: "text/*", input: serde.binary },
      async (_ctx: Context, data: Uint8Array): Promise<string> => new TextDecoder().decode(data),
    ),
    hidden: handlers.handler(
      { ingressPrivate: true },
      async (_ctx: Context): Promise<string> => "hidden",
    ),
  },
});

const gates = createGates();
let server: RunningServer;
let url: string;
const log: string[] = [];

beforeAll(async () => {
  server = await start({
    services: [tools, special, gates.service],
    log: (level, message) => log.push(`${level} ${message}`),
    logger: () => undefined,
  });
  url = server.ingressUrl;
});
afterAll(async () => {
  await server.close();
  expect(log).toEqual([]);
});

/** A gate that is opened after the test, if that has not done it. */
function makeGate(name: string): Gate {
  const gate = gates.make(name);
  onTestFinished(gate.open);
  return gate;
}

/** The parts of an error's answer. */
async function refused(path: string, options: Parameters<typeof request>[1] = {}) {
  const { status, headers, text } = await request(`${url}${path}`, options);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("x-restate-error-source")).toBe("ingress");
  const { code, message, source } = JSON.parse(text) as Record<string, unknown>;
  expect({ code, source }).toEqual({ code: status, source: "ingress" });
  return { status, message };
}

describe("a call", () => {
  it("gives the result with its content type and the invocation's id", async () => {
    const answer = await request(`${url}/tools/echo`, { body: { a: [1, "ü"] } });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ a: [1, "ü"] });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("x-restate-id")).toMatch(/^inv_\w{30,}$/);
    expect(answer.headers.get("idempotency-expires")).toBeNull();
  });

  it("without a result gives an empty body without a content type", async () => {
    const answer = await request(`${url}/tools/nothing`);
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(answer.headers.get("content-type")).toBeNull();
    expect(answer.headers.get("content-length")).toBe("0");
  });

  it.each([
    "/tools/echo",
    "/tools/echo/",
    "//tools/echo",
    "/restate/call/tools/echo",
    "/tools/echo?x=1",
  ])("can be written as %s", async (path) => {
    expect(await call(`${url}${path}`, "hi")).toBe("hi");
  });

  it("by GET has no input", async () => {
    expect((await request(`${url}/tools/identify`, GET)).json()).toMatch(/^inv_/);
  });

  it("has the headers and the path of the request, without those of the connection", async () => {
    const answer = await request(`${url}/tools/headers?x=%20`, {
      headers: { "X-Trace": "a, b", traceparent: "00-1-2-01", "idempotency-key": "headers" },
    });
    const seen = answer.json() as Record<string, string>;
    expect(Object.entries(seen)[0]).toEqual(["x-restate-ingress-path", "/tools/headers?x=%20"]);
    expect(seen).toMatchObject({ "x-trace": "a, b", traceparent: "00-1-2-01" });
    for (const name of ["connection", "host", "idempotency-key", "idempotency-expires"]) {
      expect(seen).not.toHaveProperty(name);
    }
  });

  it.each([
    [499, 499],
    [599, 599],
    [409, 409],
    [1200, 500],
    [99, 500],
    [101, 500],
    [204, 500],
  ])("that fails with code %i is answered %i", async (code, status) => {
    const metadata = { reason: "because" };
    const wanted = { message: "no", code, metadata };
    const answer = await request(`${url}/tools/fail`, {
      body: wanted,
      signal: AbortSignal.timeout(2_000),
    });
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual({ ...wanted, source: "invocation" });
    expect(answer.headers.get("x-restate-error-source")).toBe("invocation");
    expect(answer.headers.get("x-restate-id")).toMatch(/^inv_/);
  });

  it("is not cancelled when its caller goes away", async () => {
    const gate = makeGate("gone");
    const controller = new AbortController();
    const calling = request(`${url}/gates/pass`, {
      headers: { "idempotency-key": "gone" },
      body: "gone",
      signal: controller.signal,
    });
    await gate.hasEntered;
    controller.abort();
    await expect(calling).rejects.toThrow("aborted");
    gate.open();
    const path = `${url}/restate/invocation/gates/pass/gone/attach`;
    expect((await request(path, GET)).json()).toBe("through gone");
  });

  it("is made 200 times at once", async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) => call<string>(`${url}/tools/relay`, `call ${i}`)),
    );
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => `call ${i}`));
  });
});

describe("a request that means nothing", () => {
  it.each([
    ["/", 400, /bad path/],
    ["/tools", 400, /bad path: \/tools names no handler; call \/<service>\/\[<key>\/\]<handler>/],
    ["/tools/a/echo", 400, /tools is a plain service and takes no key/],
    ["/tools/a/echo/send", 400, /bad path/],
    ["/a/b/c/d/e", 400, /bad path/],
    ["/tolls/echo", 404, /service tolls not found; register its deployment first/],
    ["/tools/ecco", 404, /service tools has no handler ecco; it has: .*echo/],
    ["/tools/%65cho", 404, /no handler %65cho/],
    ["/openapi/x", 404, /there is nothing at \/openapi\/x/],
    ["/restate/nothing", 404, /there is nothing at \/restate\/nothing/],
    ["/restate/invocation/tools/echo/key/attack", 404, /should end in attach or output/],
    ["/restate/invocation/tools/echo/%zz/attach", 400, /percent-encoding/],
    ["/restate/invocation/inv_1/attach", 400, /bad invocation id inv_1/],
    ["/restate/output/nonsense", 400, /bad invocation id nonsense/],
    ["/special/hidden", 400, /special\/hidden is private/],
    ["/tools/echo?delay=5s", 400, /only a send takes \?delay=/],
    ["/tools/echo/send?delay=5", 400, /bad delay "5": write it like 10s, 1h30m or PT60S/],
    ["/tools/echo/send?delay=soon", 400, /bad delay "soon"/],
    ["/tools/echo/send?Delay=", 400, /bad delay ""/],
  ])("%s is answered %i, with what is wrong", async (path, status, message) => {
    expect(await refused(path, { body: "x" })).toEqual({
      status,
      message: expect.stringMatching(message),
    });
  });

  it.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("by %s is answered 405", async (method) => {
    const { status, message } = await refused("/tools/echo", { method });
    expect({ status, message }).toEqual({
      status: 405,
      message: expect.stringMatching(new RegExp(`use POST or GET .*, not ${method}`)),
    });
    const id = await call<string>(`${url}/tools/identify`);
    expect((await refused(`/restate/output/${id}`, { method })).status).toBe(405);
  });

  it("by HEAD is answered 405 without a body", async () => {
    const answer = await request(`${url}/tools/echo`, { method: "HEAD" });
    expect(answer).toMatchObject({ status: 405, text: "" });
  });

  it("with an empty idempotency key is answered 400", async () => {
    const headers = { "idempotency-key": "" };
    const { status, message } = await refused("/tools/echo", { headers, body: 1 });
    expect({ status, message }).toEqual({ status: 400, message: expect.stringMatching(/empty/) });
  });
});

describe("the content type", () => {
  const typed = (type: string | undefined, body: string | undefined) => ({
    headers: type === undefined ? {} : { "content-type": type },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });

  it.each([
    ["tools/echo", "application/json", "1", 200],
    ["tools/echo", "Application/JSON; charset=utf-8", "1", 200],
    ["tools/echo", "application/json", undefined, 200],
    ["tools/echo", undefined, undefined, 200],
    ["tools/echo", "text/plain", "1", 400],
    ["tools/echo", "text/plain", undefined, 400],
    ["special/bytes", "application/octet-stream", "abc", 200],
    ["special/bytes", "application/json", "1", 400],
    ["special/anyText", "text/plain", "1", 200],
    ["special/anyText", "text/html", "1", 200],
    ["special/anyText", "image/png", "1", 400],
    ["special/noBody", undefined, undefined, 200],
    ["special/noBody", "application/json", "1", 400],
    ["special/noBody", "application/json", undefined, 400],
  ])("of %s: %s with body %s is answered %i", async (path, type, body, status) => {
    const { headers, ...rest } = typed(type, body);
    const answer = await request(`${url}/${path}`, { ...rest, headers });
    expect(answer.status, answer.text).toBe(status);
    if (status === 400) expect(answer.text).toContain("input validation error: ");
  });

  it("is needed if there is a body, and the answer says so", async () => {
    const text = await exchange(
      url,
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1",
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("input validation error: Empty content-type; the handler takes");
  });

  it("of a body that is no JSON is right: the handler refuses it, terminally", async () => {
    const answer = await request(`${url}/tools/echo`, {
      headers: { "content-type": "application/json" },
      body: Buffer.from("{"),
    });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ source: "invocation" });
  });

  it("of an answer is what the handler's output says, when it is attached to as well", async () => {
    const headers = { "idempotency-key": "bytes" };
    const body = new Uint8Array([1, 2, 255]);
    const answer = await fetch(`${url}/special/bytes`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/octet-stream" },
      body,
    });
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(body.toReversed());
    const attached = await attach(url, answer.headers.get("x-restate-id") ?? "");
    expect(attached.headers.get("content-type")).toBe("application/octet-stream");
  });
});

describe("an idempotency key", () => {
  it("gives the answer of the first request to all of them", async () => {
    const headers = { "idempotency-key": "same" };
    const first = await request(`${url}/tools/identify`, { headers });
    expect(first.headers.get("idempotency-expires")).toBeNull();
    const second = await request(`${url}/tools/identify`, { headers });
    expect(second.json()).toBe(first.json());
    expect(second.headers.get("x-restate-id")).toBe(first.headers.get("x-restate-id"));
    const expires = Date.parse(second.headers.get("idempotency-expires") ?? "");
    expect(expires).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(expires).toBeLessThan(Date.now() + 25 * 3_600_000);
    const sent = await send(`${url}/tools/identify/send`, { headers });
    expect(sent).toEqual({ invocationId: first.json(), status: "PreviouslyAccepted" });
  });

  it("joins the callers of an invocation that runs", async () => {
    const gate = makeGate("joined");
    const gateCall = { headers: { "idempotency-key": "joined" }, body: "joined" };
    const callers = Array.from({ length: 5 }, () => request(`${url}/gates/pass`, gateCall));
    await gate.hasEntered;
    const sent = await send(`${url}/gates/pass/send`, { ...gateCall, body: "ignored" });
    expect(sent.status).toBe("PreviouslyAccepted");
    gate.open();
    for (const answer of await Promise.all(callers)) {
      expect(answer.json()).toBe("through joined");
      expect(answer.headers.get("x-restate-id")).toBe(sent.invocationId);
    }
  });

  it("belongs to one handler, and is distinguished by case and every character", async () => {
    const keys = ["a", "A", "a ", "a/b", "ä"].map((key) => encodeURIComponent(key));
    const targets = keys.flatMap((key) => ["identify", "headers"].map((name) => ({ key, name })));
    const ids = await Promise.all(
      targets.map(async ({ key, name }) => {
        const headers = { "idempotency-key": key };
        return (await send(`${url}/tools/${name}/send`, { headers })).invocationId;
      }),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("finds the result by a path, percent-decoded", async () => {
    const key = "a/b c%?ß";
    // Header values are Latin-1 on the wire; this one has only such characters.
    const { invocationId } = await send(`${url}/tools/identify/send`, {
      headers: { "idempotency-key": key },
    });
    const path = `${url}/restate/invocation/tools/identify/${encodeURIComponent(key)}`;
    const answer = await request(`${path}/attach`, GET);
    expect(answer.json()).toBe(invocationId);
    expect((await request(`${path}/output`, GET)).json()).toBe(invocationId);
  });
});

describe("attach and output", () => {
  it("give the result by its id, in all forms", async () => {
    const { invocationId } = await send(`${url}/tools/echo/send`, { body: "kept" });
    await attach(url, invocationId);
    for (const path of [
      `restate/invocation/${invocationId}/attach`,
      `restate/invocation/${invocationId}/output`,
      `restate/attach/${invocationId}`,
      `restate/output/${invocationId}`,
    ]) {
      const answer = await request(`${url}/${path}`, GET);
      expect(answer.json()).toBe("kept");
      expect(answer.headers.get("x-restate-id")).toBe(invocationId);
    }
  });

  it("give a failure as the call does", async () => {
    const failure = { message: "broken", code: 418 };
    const { invocationId } = await send(`${url}/tools/fail/send`, { body: failure });
    for (const ask of [attach, output]) {
      const answer = await ask(url, invocationId);
      expect(answer.status).toBe(418);
      expect(answer.json()).toEqual({ ...failure, source: "invocation" });
    }
  });

  it("wait for it, or say 470 as long as there is none", async () => {
    const gate = makeGate("attached");
    const { invocationId } = await send(`${url}/gates/pass/send`, { body: "attached" });
    await gate.hasEntered;
    const early = await output(url, invocationId);
    expect(early.status).toBe(470);
    expect(early.json()).toEqual({
      code: 470,
      message: "the invocation exists but has not completed yet",
      source: "ingress",
    });
    const attached = [attach(url, invocationId), attach(url, invocationId)];
    gate.open();
    for (const answer of await Promise.all(attached))
      expect(answer.json()).toBe("through attached");
    expect((await output(url, invocationId)).json()).toBe("through attached");
  });

  it("know nothing of an invocation that is not there", async () => {
    const id = await call<string>(`${url}/tools/identify`);
    const other = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
    for (const path of [
      `restate/invocation/${other}/attach`,
      `restate/invocation/${other}/output`,
      "restate/invocation/tools/echo/never-used/attach",
      "restate/invocation/tools/echo/never-used/output",
    ]) {
      const answer = await request(`${url}/${path}`, GET);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain("not found");
    }
  });
});

describe("a send", () => {
  it("is accepted with an id", async () => {
    const answer = await request(`${url}/tools/echo/send`, { body: 1 });
    expect(answer.status).toBe(202);
    const { invocationId, ...rest } = answer.json() as SendAnswer;
    expect(rest).toEqual({ status: "Accepted" });
    expect(answer.headers.get("x-restate-id")).toBe(invocationId);
    expect((await attach(url, invocationId)).json()).toBe(1);
  });

  it.each([
    ["?delay=300ms", 300],
    ["?DELAY=PT0.3S", 300],
    ["?delay=1%20hour", 3_600_000],
    ["?delay=0s", 0],
  ])("with %s says when it will run", async (query, delayMs) => {
    const before = Date.now();
    const sent = await send(`${url}/tools/echo/send${query}`, { body: "late" });
    const after = Date.now();
    const executionTime = Date.parse(sent.executionTime ?? "");
    expect(executionTime).toBeGreaterThanOrEqual(before + delayMs);
    expect(executionTime).toBeLessThanOrEqual(after + delayMs);
    if (delayMs > 1_000) {
      expect((await output(url, sent.invocationId)).status).toBe(470);
      return;
    }
    expect((await attach(url, sent.invocationId)).json()).toBe("late");
    expect(Date.now()).toBeGreaterThanOrEqual(executionTime);
  });

  it.each([
    ["100 million days", "100000000d"],
    ["as many weeks", "P99999999W"],
    ["400 nines of days", `${"9".repeat(400)}d`],
  ])("with a delay that no calendar has is refused: %s", async (_, delay) => {
    const { status, message } = await refused(`/tools/echo/send?delay=${delay}`, { body: 1 });
    expect({ status, message }).toEqual({ status: 400, message: expect.stringMatching(/delay/) });
    expect(await call(`${url}/tools/echo`, "still there")).toBe("still there");
  });
});

it("lets pages of any origin call, and asks no questions twice", async () => {
  const origin = "https://shop.example";
  const preflight = await request(`${url}/tools/echo`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type, idempotency-key",
    },
  });
  expect(preflight.status).toBe(200);
  expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
  expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
  const allowed = preflight.headers.get("access-control-allow-headers");
  expect(allowed).toBe("content-type, idempotency-key");
  for (const path of ["tools/echo", "tools/nope"]) {
    const answer = await request(`${url}/${path}`, { headers: { origin }, body: 1 });
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
  }
});

it("says which services there are", async () => {
  const health = await request(`${url}/restate/health`, GET);
  expect(health.json()).toEqual({ services: ["tools", "special", "gates"] });
});

it("answers 429 beyond its limit of requests, and works again below it", async () => {
  const small = await start({
    services: [tools, special, gates.service],
    limits: { ingressRequestsMax: 2 },
    log: () => undefined,
  });
  onTestFinished(() => small.close());
  const names = ["limit one", "limit two"];
  const made = names.map(makeGate);
  const calls = names.map((name) => call(`${small.ingressUrl}/gates/pass`, name));
  await Promise.all(made.map(({ hasEntered }) => hasEntered));
  const answer = await request(`${small.ingressUrl}/tools/echo`, { body: 1 });
  expect(answer.status).toBe(429);
  expect(answer.text).toContain("limit of requests in flight; try again later");
  for (const { open } of made) open();
  expect(await Promise.all(calls)).toEqual(names.map((name) => `through ${name}`));
  expect(await call(`${small.ingressUrl}/tools/echo`, 1)).toBe(1);
});
