/** Endpoints and callers that do wrong: a clear error for each, and nothing is lost by it. */
import { constants } from "node:http2";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  mustRegister,
  pollInvocation,
  readInvocation,
  register,
  type ShownInvocation,
} from "./support/admin-client.ts";
import { type ChildProgram, startProgram } from "./support/child-program.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import { type FixedAnswer, serveFixedAnswer } from "./support/other-servers.ts";
import { planRejoinServer, type RejoinServer, startRejoinServer } from "./support/rejoin-server.ts";
import { findRestartPort } from "./support/restart-port.ts";
import {
  bytesField,
  frame,
  numberField,
  type Script,
  type ScriptedAttempt,
  startScriptedEndpoint,
} from "./support/scripted-endpoint.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const manifestType = "application/vnd.restate.endpointmanifest.v4+json";
const silenceMs = 150;
const requestBytesMax = 64 * 1024;

let directory: TemporaryDirectory;
let server: RejoinServer;

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  server = startRejoinServer({
    ...(await planRejoinServer(join(directory.path, "data"))),
    variables: {
      REJOIN_LOG_LEVEL: "error",
      REJOIN_DEFAULT_INACTIVITY_TIMEOUT: `${silenceMs}ms`,
      REJOIN_DEFAULT_ABORT_TIMEOUT: `${silenceMs}ms`,
      REJOIN_LIMITS__REQUEST_BYTES_MAX: String(requestBytesMax),
    },
  });
  await server.ready();
}, 60_000);

afterAll(async () => {
  await server.kill();
  await directory.remove();
});

describe("the registration", () => {
  const html = { contentType: "text/html", body: "<html>nothing here</html>" };
  const good = {
    protocolMode: "BIDI_STREAM",
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
    services: [{ name: "Never", ty: "SERVICE", handlers: [{ name: "echo" }] }],
  };

  it("of an address where nothing listens names it", async () => {
    const uri = `http://127.0.0.1:${await findRestartPort()}`;
    const answer = await register(server.adminUrl, { uri });
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ restate_code: "META0003" });
    expect(answer.text).toContain(`nothing listens at ${uri}`);
  });

  it.each<["HTTP/1.1" | "HTTP/2", boolean, FixedAnswer, string, string]>([
    ["HTTP/2", false, { status: 404, ...html }, "META0003", "nothing here"],
    ["HTTP/2", false, { status: 200, ...html }, "META0013", "is it a service endpoint?"],
    ["HTTP/1.1", false, { status: 404, ...html }, "META0014", "use_http_11"],
    ["HTTP/1.1", false, { status: 200, ...html }, "META0014", "use_http_11"],
    ["HTTP/1.1", true, { status: 404, ...html }, "META0003", "status 404"],
    ["HTTP/1.1", true, { status: 200, ...html }, "META0013", "is it a service endpoint?"],
  ])("of a web server (%s, use_http_11 %s, %j) is %s", async (version, use, fixed, code, text) => {
    await expectRefusal(version, fixed, { use_http_11: use, status: 500, code, text });
  });

  it.each<[string, unknown, number, string, string]>([
    ["versions to come", versions(8, 9), 500, "META0012", "8 to 9"],
    ["versions withdrawn", versions(1, 2), 500, "META0012", "1 to 2"],
    ["a range that is none", versions(7, 5), 500, "META0013", "minProtocolVersion"],
    ["no JSON", "{", 500, "META0013", "not JSON"],
    ["an array", [], 500, "META0013", "object"],
    ["no services", { ...good, services: undefined }, 500, "META0013", "services"],
    ["no mode", { ...good, protocolMode: undefined }, 500, "META0013", "protocolMode"],
    ["an unknown property", { ...good, flavour: "mint" }, 500, "META0013", "flavour"],
    ["a bad name", named("no spaces please"), 500, "META0013", "no spaces please"],
    ["a reserved name", named("RestateThing"), 400, "META0005", "RestateThing"],
  ])("of a manifest with %s says so", async (_, manifest, status, code, text) => {
    const body = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
    const fixed = { status: 200, contentType: manifestType, body };
    await expectRefusal("HTTP/2", fixed, { use_http_11: false, status, code, text });
  });

  it("of what is no address says so", async () => {
    const answer = await register(server.adminUrl, { uri: "localhost" });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("localhost");
  });

  it("that was refused has registered nothing", async () => {
    const { text } = await request(`${server.adminUrl}/deployments`, { method: "GET" });
    expect(text).not.toContain("Never");
  });

  function versions(min: number, max: number): unknown {
    return { ...good, minProtocolVersion: min, maxProtocolVersion: max };
  }

  function named(name: string): unknown {
    return { ...good, services: [{ name, ty: "SERVICE", handlers: [{ name: "echo" }] }] };
  }
});

interface Refusal {
  readonly use_http_11: boolean;
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

async function expectRefusal(
  version: "HTTP/1.1" | "HTTP/2",
  fixed: FixedAnswer,
  { use_http_11, status, code, text }: Refusal,
): Promise<void> {
  const other = await serveFixedAnswer(version, fixed);
  onTestFinished(() => other.close());
  const answer = await register(server.adminUrl, { uri: other.url, use_http_11 });
  const { message, restate_code } = answer.json() as { message: string; restate_code: unknown };
  expect({ status: answer.status, restate_code }, message).toEqual({ status, restate_code: code });
  expect(message).toContain(text);
  expect(message, "the address").toContain(other.url);
}

/** What it does instead, the code of the failure, and a part of its text. */
const misdeeds: readonly (readonly [string, Script, string, string])[] = [
  ["sends garbage", answers(Buffer.alloc(64, 0xab)), "RT0012", "message type 0xabab"],
  ["sends a web page", answers(Buffer.from("<html></html>")), "RT0012", "message type 0x3c68"],
  ["sends an unknown message", answers(frame(0x00ff)), "RT0012", "message type 0x00ff"],
  ["sends what servers send", answers(frame(0x0000)), "RT0012", "must not send start"],
  ["sends a garbled body", answers(frame(0x0401, Buffer.alloc(9, 0xff))), "RT0012", "violated"],
  [
    "sends a frame that is too large",
    answers(frame(0x0401, undefined, 0x7fff_ffff)),
    "RT0003",
    "2147483647 bytes",
  ],
  ["never answers", () => undefined, "RT0001", `abort timeout of ${silenceMs} ms`],
  [
    "answers and falls silent",
    ({ stream, contentType }) => stream.respond({ ":status": 200, "content-type": contentType }),
    "RT0001",
    `abort timeout of ${silenceMs} ms`,
  ],
  ["drops the connection", ({ stream }) => stream.session?.destroy(), "RT0010", "was closed"],
  [
    "drops the connection after it has answered",
    (attempt) => {
      open(attempt);
      attempt.stream.write(Buffer.alloc(3), () => attempt.stream.session?.destroy());
    },
    "RT0010",
    "was closed",
  ],
  ["resets the stream", resets(constants.NGHTTP2_INTERNAL_ERROR), "RT0010", "INTERNAL_ERROR"],
  ["refuses the stream", resets(constants.NGHTTP2_REFUSED_STREAM), "RT0010", "REFUSED_STREAM"],
  ["cancels the stream", resets(constants.NGHTTP2_CANCEL), "RT0010", "reset the stream"],
  ["answers 404", status(404), "RT0012", "404; is it a service endpoint?"],
  ["answers 500", status(500), "RT0012", "500"],
  ["answers 413", status(413), "RT0019", "too large (413)"],
  ["answers 415", status(415), "RT0015", "does not speak application/vnd.restate.invocation.v"],
  ["answers 429", status(429), "RT0023", "429"],
  ["answers 503", status(503), "RT0023", "503"],
  ["answers 502", status(502), "RT0010", "behind its proxy (502)"],
  ["answers 504", status(504), "RT0010", "behind its proxy (504)"],
  [
    "answers with another content type",
    ({ stream }) => {
      stream.respond({ ":status": 200, "content-type": "application/json" });
      stream.end("{}");
    },
    "RT0012",
    'content-type "application/json" instead of application/vnd.restate.invocation.v',
  ],
  [
    "answers without a content type",
    ({ stream }) => {
      stream.respond({ ":status": 200 });
      stream.end();
    },
    "RT0012",
    "content-type none",
  ],
  ["ends without a verdict", answers(), "RT0007", "without a result"],
  ["ends inside a header", answers(frame(0x0401).subarray(0, 5)), "RT0012", "5 of 8 bytes"],
  ["ends inside a body", answers(frame(0x0401, Buffer.alloc(2), 7)), "RT0012", "2 of 7 bytes"],
  ["ends without an Output", answers(frame(0x0003)), "RT0012", "without an Output"],
  ["suspends upon nothing", answers(frame(0x0001)), "RT0012", ""],
  ["calls a service that is unknown", answers(callOf("Nowhere", "go")), "RT0018", "Nowhere"],
  ["reports an error", answers(errorOf(500, "out of milk")), "RT0007", "out of milk"],
  ["reports a mismatch", answers(errorOf(570, "other code")), "RT0016", "other code"],
];

describe("an invocation whose endpoint", () => {
  it.each(misdeeds)(
    "%s is tried again, says why, and ends right",
    async (_, script, code, text) => {
      const { endpoint, name } = await startBadEndpoint(script);
      const { invocationId: id } = await send(`${server.ingressUrl}/${name}/echo/send`, {
        body: `for ${name}`,
      });
      const failed = await pollFailure(id, () => endpoint.attemptsAt.length >= 2);
      expect(failed.last_failure_error_code, failed.last_failure).toBe(code);
      expect(failed.last_failure).toContain(text);
      endpoint.script = undefined;
      await expectResult(id, `for ${name}`);
    },
  );

  it.each([429, 503])("answers %i with Retry-After is left alone so long", async (code) => {
    const { endpoint, name } = await startBadEndpoint(({ stream }) => {
      stream.respond({ ":status": code, "retry-after": "1" });
      stream.end();
    });
    const { invocationId: id } = await send(`${server.ingressUrl}/${name}/echo/send`, { body: 1 });
    const failed = await pollFailure(id, () => true);
    expect(failed).toMatchObject({ last_failure_error_code: "RT0023", status: "backing-off" });
    endpoint.script = undefined;
    await expectResult(id, 1);
    const [first = 0, second = 0] = endpoint.attemptsAt;
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(endpoint.attemptsAt).toHaveLength(2);
  });

  it("is gone waits for it to come back", async () => {
    const { endpoint, name } = await startBadEndpoint(undefined);
    await endpoint.close();
    const { invocationId: id } = await send(`${server.ingressUrl}/${name}/echo/send`, { body: 1 });
    const failed = await pollFailure(id, ({ retry_count }) => retry_count >= 2);
    expect(failed.last_failure_error_code).toBe("RT0010");
    expect(failed.last_failure).toContain(`nothing listens at ${endpoint.url}`);
    await endpoint.reopen();
    await expectResult(id, 1);
  });

  it("fails until its attempts are used up is paused, and keeps why", async () => {
    const options = { retryPolicyMaxAttempts: 3, retryPolicyOnMaxAttempts: "PAUSE" };
    const { endpoint, name } = await startBadEndpoint(status(502), options);
    const { invocationId: id } = await send(`${server.ingressUrl}/${name}/echo/send`, { body: 1 });
    const paused = await pollInvocation(server.adminUrl, id, (it) => it.status === "paused");
    expect(paused.last_failure_error_code).toBe("RT0010");
    expect(endpoint.attemptsAt).toHaveLength(3);
  });

  it("fails until its attempts are used up can end with that failure", async () => {
    const options = { retryPolicyMaxAttempts: 2, retryPolicyOnMaxAttempts: "KILL" };
    const { endpoint, name } = await startBadEndpoint(answers(errorOf(503, "shut")), options);
    const answer = await request(`${server.ingressUrl}/${name}/echo`, { body: 1 });
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ code: 503, message: "shut", source: "invocation" });
    expect(endpoint.attemptsAt).toHaveLength(2);
  });

  it("does all of these, many at once, harms no other", async () => {
    const good = await startBadEndpoint(undefined);
    const scripts = misdeeds.map(([, script]) => script);
    let turn = 0;
    const bad = await startBadEndpoint((attempt) => scripts[turn++ % scripts.length]?.(attempt));
    const ids = await Promise.all(
      scripts.map(async (_, i) => {
        const url = `${server.ingressUrl}/${bad.name}/echo/send`;
        return (await send(url, { body: i })).invocationId;
      }),
    );
    const others = Array.from({ length: 50 }, (_, i) =>
      call<number>(`${server.ingressUrl}/${good.name}/echo`, i),
    );
    expect(await Promise.all(others)).toEqual(others.map((_, i) => i));
    await Promise.all(ids.map((id) => pollFailure(id, () => true)));
    bad.endpoint.script = undefined;
    await Promise.all(ids.map((id, i) => expectResult(id, i)));
  });
});

let serviceCount = 0;

/** Registered with a policy of short waits. */
async function startBadEndpoint(
  script: Script | undefined,
  options: Readonly<Record<string, unknown>> = {},
) {
  const name = `Bad${serviceCount++}`;
  const endpoint = await startScriptedEndpoint({
    name,
    options: {
      retryPolicyInitialInterval: 30,
      retryPolicyMaxInterval: 60,
      retryPolicyMaxAttempts: 1000,
      ...options,
    },
  });
  onTestFinished(() => endpoint.close());
  await mustRegister(server.adminUrl, endpoint.url);
  endpoint.script = script;
  return { endpoint, name };
}

function pollFailure(
  id: string,
  isWanted: (invocation: ShownInvocation) => boolean,
): Promise<ShownInvocation> {
  return pollInvocation(
    server.adminUrl,
    id,
    (invocation) => invocation.last_failure !== undefined && isWanted(invocation),
  );
}

async function expectResult(id: string, result: unknown): Promise<void> {
  const answer = await attach(server.ingressUrl, id);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json()).toEqual(result);
  expect(await readInvocation(server.adminUrl, id)).toMatchObject({ status: "completed" });
}

function open({ stream, contentType }: ScriptedAttempt): void {
  stream.respond({ ":status": 200, "content-type": contentType });
}

/** A right answer with this body. */
function answers(body: Uint8Array = Buffer.alloc(0)): Script {
  return (attempt) => {
    open(attempt);
    attempt.stream.end(body);
  };
}

function status(code: number): Script {
  return ({ stream }) => {
    stream.respond({ ":status": code });
    stream.end("no");
  };
}

function resets(code: number): Script {
  return ({ stream }) => stream.close(code);
}

function callOf(service: string, handler: string): Buffer {
  const ids = [numberField(10, 1), numberField(11, 2)];
  return frame(
    0x040d,
    Buffer.concat([bytesField(1, service), bytesField(2, handler), bytesField(3, "1"), ...ids]),
  );
}

function errorOf(code: number, message: string): Buffer {
  return frame(0x0002, Buffer.concat([numberField(1, code), bytesField(2, message)]));
}

describe("a caller of services in another process", () => {
  let program: ChildProgram;
  const json = { "content-type": "application/json" };

  beforeAll(async () => {
    const port = await findRestartPort();
    program = startProgram({ program: "serve-tools-http", args: [String(port)] });
    await program.line("ready");
    await mustRegister(server.adminUrl, `http://127.0.0.1:${port}`);
  }, 60_000);

  afterAll(() => program.kill());

  it.each([
    ["an unknown service", "nowhere/echo", "POST", 404, "service nowhere not found"],
    ["an unknown handler", "tools/nothingLikeIt", "POST", 404, "nothingLikeIt"],
    ["a wrong method", "tools/echo", "PUT", 405, "use POST or GET"],
    ["a key where there is none", "tools/key/echo", "POST", 400, "takes no key"],
  ])("with %s is told so", async (_, path, method, code, text) => {
    const answer = await request(`${server.ingressUrl}/${path}`, { method, body: 1 });
    expect(answer.status, answer.text).toBe(code);
    expect(answer.json()).toMatchObject({ code, source: "ingress" });
    expect(answer.text).toContain(text);
  });

  it.each(["", "/send"])("with a wrong content type is told so (%s)", async (suffix) => {
    const answer = await request(`${server.ingressUrl}/tools/echo${suffix}`, {
      headers: { "content-type": "text/plain" },
      body: Buffer.from("1"),
    });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 400, source: "ingress" });
    expect(answer.text).toContain("text/plain");
    expect(answer.text).toContain("application/json");
  });

  it("with too large a body is told the limit, and one of the limit's size passes", async () => {
    const url = `${server.ingressUrl}/tools/echo`;
    const answer = await request(url, { body: "x".repeat(requestBytesMax) });
    expect(answer.status, answer.text).toBe(413);
    expect(answer.json()).toMatchObject({ code: 413, source: "ingress" });
    expect(answer.text).toContain(String(requestBytesMax));
    const largest = "x".repeat(requestBytesMax - 2);
    expect(await call<string>(url, largest)).toBe(largest);
  });

  it("with malformed JSON is told so by the handler, once", async () => {
    const malformed = Buffer.from('{"a":');
    const url = `${server.ingressUrl}/tools/echo`;
    const answer = await request(url, { headers: json, body: malformed });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 400, source: "invocation" });
    const sent = await send(`${url}/send`, { headers: json, body: malformed });
    const attached = await attach(server.ingressUrl, sent.invocationId);
    expect(attached.status, attached.text).toBe(400);
    const invocation = await readInvocation(server.adminUrl, sent.invocationId);
    expect(invocation).toMatchObject({ status: "completed", retry_count: 0 });
  });
});
