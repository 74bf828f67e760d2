/** The ingress as its users meet it: over HTTP. */
import { request as httpRequest } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { type Context, handlers, serde, service } from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { attach, call, output, request, type SendAnswer, send } from "./support/ingress-client.ts";
import { exchange, openConnection } from "./support/raw-http.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { tools } from "./support/tools-service.ts";

const GET = { method: "GET" };

/** Handlers with other inputs and outputs than JSON, and a gate that the tests open. */
const gates = new Map<string, { readonly entered: () => void; readonly opened: Promise<void> }>();
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
    /** Waits for the test, then is done. */
    gate: async (ctx: Context, name: string): Promise<string> => {
      const gate = gates.get(name);
      gate?.entered();
      await ctx.run("gate", async () => await gate?.opened);
      return `through ${name}`;
    },
  },
});

let server: RunningServer;
let url: string;
const log: string[] = [];

beforeAll(async () => {
  server = await start({
    services: [tools, special],
    log: (level, message) => log.push(`${level} ${message}`),
    logger: () => undefined,
  });
  url = server.ingressUrl;
});
afterAll(async () => {
  await server.close();
  expect(log).toEqual([]);
});

/** A gate of the handler `gate`: tells when a call stands before it, and lets it through. */
function makeGate(name: string) {
  let entered: () => void = () => undefined;
  let open: () => void = () => undefined;
  const hasEntered = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gates.set(name, { entered, opened });
  onTestFinished(open);
  return { hasEntered, open };
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
    const calling = request(`${url}/special/gate`, {
      headers: { "idempotency-key": "gone" },
      body: "gone",
      signal: controller.signal,
    });
    await gate.hasEntered;
    controller.abort();
    await expect(calling).rejects.toThrow("aborted");
    gate.open();
    const path = `${url}/restate/invocation/special/gate/gone/attach`;
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
    ["/openapi/x", 404, /not found/],
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
    const callers = Array.from({ length: 5 }, () => request(`${url}/special/gate`, gateCall));
    await gate.hasEntered;
    const sent = await send(`${url}/special/gate/send`, { ...gateCall, body: "ignored" });
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
    const { invocationId } = await send(`${url}/special/gate/send`, { body: "attached" });
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

describe("the wire", () => {
  it.each([
    ["no HTTP", "hello there\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a bad method", "P@ST /tools/echo HTTP/1.1\r\nhost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a bad length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no host", "GET /restate/health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "huge headers",
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      "an old version",
      "GET /restate/health HTTP/1.0\r\n\r\n",
      /^HTTP\/1\.1 200 [\s\S]*"services":/,
    ],
  ])("with %s is answered and closed", async (_, text, answer) => {
    expect(await exchange(url, text)).toMatch(answer);
  });

  it("may name the server in the request line, as proxies do", async () => {
    const text = `GET ${url}/restate/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect(await exchange(url, text)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("carries requests one behind the other, answered in order", async () => {
    const connection = await openConnection(url);
    onTestFinished(() => connection.close());
    const one = (body: string) =>
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      `content-length: ${body.length}\r\n\r\n${body}`;
    await connection.write(["1", '"two"', "3"].map(one).join(""));
    const answers = await connection.readUntil(/3$/);
    expect(answers.match(/^(1|"two"|3)(?=HTTP|$)/gm)).toEqual(["1", '"two"', "3"]);
  });

  it("may break anywhere in a request without harm", async () => {
    // In a process of its own: one that hangs must not take the tests along.
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const program = startProgram({ program: "serve-tools", args: [directory.path] });
    onTestFinished(() => program.kill().then(() => undefined));
    const other = await program.ingressUrl();
    const post =
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      'content-length: 10\r\n\r\n"01234567"';
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const connections = [post, preface].flatMap((text) =>
      [0, 1, 2, 3, 10, text.length - 1].map((length) => text.slice(0, length)),
    );
    const alive = async () => {
      const signal = AbortSignal.timeout(2_000);
      const answer = await request(`${other}/tools/echo`, { body: "fine", signal });
      expect(answer.json()).toBe("fine");
    };
    for (const text of connections) {
      const connection = await openConnection(other);
      if (text !== "") await connection.write(text);
      await alive();
      connection.close();
    }
    await alive();
  });

  it("may come in pieces", async () => {
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const program = startProgram({ program: "serve-tools", args: [directory.path] });
    onTestFinished(() => program.kill().then(() => undefined));
    const other = await program.ingressUrl();
    const text =
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" +
      'content-type: application/json\r\ncontent-length: 10\r\n\r\n"01234567"';
    const connection = await openConnection(other);
    onTestFinished(() => connection.close());
    for (const character of text) {
      await connection.write(character);
      // Another request in between, so that the pieces do not travel together.
      const signal = AbortSignal.timeout(2_000);
      await request(`${other}/restate/health`, { method: "GET", signal });
    }
    expect(await connection.readToEnd()).toMatch(/^HTTP\/1\.1 200 [\s\S]*"01234567"$/);
  });

  it("asks before it sends a large body, if the client says so", async () => {
    const body = JSON.stringify("x".repeat(1_000));
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = httpRequest(`${url}/tools/echo`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          expect: "100-continue",
        },
      });
      asking.on("continue", () => asking.end(body));
      asking.on("error", reject);
      asking.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve(text));
      });
      asking.flushHeaders();
    });
    expect(answer).toBe(body);
  });

  describe("of HTTP/2", () => {
    /** A session, and what makes a POST request on it. */
    function openSession() {
      const session = connectHttp2(url, { maxSessionMemory: 1_000 });
      onTestFinished(() => session.destroy());
      const post = (path: string, body: string): ClientHttp2Stream => {
        const stream = session.request({
          ":method": "POST",
          ":path": path,
          "content-type": "application/json",
        });
        stream.setEncoding("utf8");
        stream.end(body);
        return stream;
      };
      return { post, echo: (value: unknown) => read(post("/tools/echo", JSON.stringify(value))) };
    }

    function read(stream: ClientHttp2Stream): Promise<string> {
      return new Promise((resolve, reject) => {
        let text = "";
        stream.on("data", (chunk: string) => {
          text += chunk;
        });
        stream.on("end", () => resolve(text)).on("error", reject);
      });
    }

    const answered = (stream: ClientHttp2Stream) =>
      new Promise<number | undefined>((resolve) => {
        stream.on("response", (headers) => resolve(headers[":status"]));
      });

    it("carries many requests at once", async () => {
      const { echo } = openSession();
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => echo(i)));
      expect(results).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    });

    it("goes on after one that is too large and one that is given up", async () => {
      const { post, echo } = openSession();
      const large = post("/tools/echo", " ".repeat((32 << 20) + 1));
      expect(await answered(large)).toBe(413);
      expect(await read(large)).toContain("the body is larger than the limit");
      const gate = makeGate("given up");
      const givenUp = post("/special/gate", '"given up"');
      givenUp.on("error", () => undefined);
      await gate.hasEntered;
      givenUp.close();
      expect(await echo("next")).toBe('"next"');
    });

    it("is not hindered by large answers that are not read yet", async () => {
      const { post, echo } = openSession();
      const value = JSON.stringify("x".repeat(3_000_000));
      const unread = Array.from({ length: 6 }, () => post("/tools/echo", value));
      await Promise.all(unread.map(answered));
      expect(await echo("small")).toBe('"small"');
      for (const text of await Promise.all(unread.map(read))) expect(text).toBe(value);
    });
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
  expect(health.json()).toEqual({ services: ["tools", "special"] });
});

it("answers 429 beyond its limit of requests, and works again below it", async () => {
  const small = await start({
    services: [tools, special],
    limits: { ingressRequestsMax: 2 },
    log: () => undefined,
  });
  onTestFinished(() => small.close());
  const names = ["limit one", "limit two"];
  const made = names.map(makeGate);
  const calls = names.map((name) => call(`${small.ingressUrl}/special/gate`, name));
  await Promise.all(made.map(({ hasEntered }) => hasEntered));
  const answer = await request(`${small.ingressUrl}/tools/echo`, { body: 1 });
  expect(answer.status).toBe(429);
  expect(answer.text).toContain("limit of requests in flight; try again later");
  for (const { open } of made) open();
  expect(await Promise.all(calls)).toEqual(names.map((name) => `through ${name}`));
  expect(await call(`${small.ingressUrl}/tools/echo`, 1)).toBe(1);
});
