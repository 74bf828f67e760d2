import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MANIFEST_ACCEPT } from "@rejoin/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import type { Timers } from "../ports/ports.ts";
import { createDiscover } from "./discover.ts";
import { DiscoveryError } from "./discovery-error.ts";
import type { HttpTarget } from "./targets.ts";
import {
  answerWith,
  freePort,
  greeter,
  manifestOf,
  serveHttp1,
  serveHttp2,
  serveTcp,
  serveTls,
} from "./testing/endpoints.ts";

const LIMITS = { discoveryTimeoutMs: 5000, discoveryBytesMax: 64 * 1024 };
const SHORT_MS = 400;
/** Waits are recorded and cut short; the deadline is not. */
const waits: number[] = [];
const timers: Timers = {
  after: (delayMs, callback) => {
    const isDeadline = delayMs >= LIMITS.discoveryTimeoutMs || delayMs === SHORT_MS;
    if (!isDeadline) waits.push(delayMs);
    const handle = setTimeout(callback, isDeadline ? delayMs : 1);
    return () => clearTimeout(handle);
  },
};
const random = { bytes: (length: number) => new Uint8Array(length).fill(255) };
const discover = createDiscover({ ports: { timers, random }, limits: LIMITS });
const good = answerWith(manifestOf([greeter()]));

function target(uri: string, rest: Partial<HttpTarget> = {}): HttpTarget {
  return { uri, useHttp11: false, additionalHeaders: {}, ...rest };
}

async function failure(promise: Promise<unknown>): Promise<DiscoveryError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DiscoveryError);
  return error as DiscoveryError;
}

beforeEach(() => {
  waits.length = 0;
});

describe("a discovery that succeeds", () => {
  it("asks over HTTP/2 with prior knowledge and reads the manifest", async () => {
    const endpoint = await serveHttp2(() => good);
    const found = await discover(target(endpoint.url, { additionalHeaders: { "x-a": "1" } }));
    expect(found).toEqual({
      manifest: manifestOf([greeter()]),
      sdkVersion: "test-sdk/1.0",
      httpVersion: "HTTP/2.0",
    });
    expect(endpoint.seen).toHaveLength(1);
    expect(endpoint.seen[0]).toMatchObject({
      method: "GET",
      path: "/discover",
      headers: { accept: MANIFEST_ACCEPT, "x-a": "1" },
    });
  });

  it("sends what every request has, in every try", async () => {
    const outgoing = new OutgoingHeaders({ "x-a": "server", "x-b": "server" });
    const asking = createDiscover({ ports: { timers, random }, limits: LIMITS, outgoing });
    const endpoint = await serveHttp2((_seen, times) => (times === 1 ? { status: 503 } : good));
    await asking(target(endpoint.url, { additionalHeaders: { "x-b": "deployment" } }));
    expect(endpoint.seen).toHaveLength(2);
    for (const { headers } of endpoint.seen) {
      expect(headers).toMatchObject({ "x-a": "server", "x-b": "deployment" });
    }
  });

  it("asks over HTTP/1.1 where it is told to", async () => {
    const endpoint = await serveHttp1(() => good);
    const found = await discover(target(endpoint.url, { useHttp11: true }));
    expect(found.httpVersion).toBe("HTTP/1.1");
    expect(endpoint.seen[0]).toMatchObject({
      path: "/discover",
      headers: { accept: MANIFEST_ACCEPT },
    });
  });

  it.each([
    ["", "/discover"],
    ["/", "/discover"],
    ["/prefix", "/prefix/discover"],
    ["/prefix/", "/prefix/discover"],
    ["/a/b?token=x&y=1", "/a/b/discover?token=x&y=1"],
    ["?token=x", "/discover?token=x"],
  ])("keeps the prefix and the query of %j", async (suffix, path) => {
    const endpoint = await serveHttp2(() => good);
    await discover(target(endpoint.url + suffix));
    expect(endpoint.seen[0]?.path).toBe(path);
  });

  it("takes a manifest without services, and no SDK version", async () => {
    const endpoint = await serveHttp2(() => ({
      headers: { "content-type": "application/vnd.restate.endpointmanifest.v1+json" },
      body: JSON.stringify(manifestOf([])),
    }));
    const found = await discover(target(endpoint.url));
    expect(found.manifest.services).toEqual([]);
    expect(found.sdkVersion).toBeUndefined();
  });

  it("tries again while the endpoint fails for a moment", async () => {
    const endpoint = await serveHttp2((_seen, times) =>
      times < 3 ? { status: times === 1 ? 500 : 503, body: "not yet" } : good,
    );
    expect((await discover(target(endpoint.url))).manifest.services).toHaveLength(1);
    expect(endpoint.seen).toHaveLength(3);
    expect(waits).toEqual([130, 260]);
  });

  it("accepts streams over HTTP/1.1 if the endpoint says so", async () => {
    const endpoint = await serveHttp1(() => good);
    const found = await discover(target(endpoint.url, { useHttp11: true }));
    expect(found.manifest.protocolMode).toBe("BIDI_STREAM");
  });
});

describe("an endpoint that is not reached", () => {
  it("says that nothing listens, after five tries", async () => {
    const port = await freePort();
    const error = await failure(discover(target(`http://localhost:${port}`)));
    expect(error).toMatchObject({ code: "META0003", status: 500 });
    expect(error.message).toBe(
      `nothing listens at http://localhost:${port}; start the service, or check the port ` +
        `(GET http://localhost:${port}/discover over HTTP/2, tried 5 times)`,
    );
    expect(waits).toEqual([130, 260, 520, 1040]);
  });

  it("says so over HTTP/1.1 too", async () => {
    const port = await freePort();
    const error = await failure(discover(target(`http://localhost:${port}`, { useHttp11: true })));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("nothing listens at");
    expect(error.message).toContain("over HTTP/1.1, tried 5 times");
  });

  it("names a host that is not known", async () => {
    const error = await failure(discover(target("http://no-such-host.invalid:9080")));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("no-such-host.invalid");
  });

  it("says that the connection was closed, and tries again", async () => {
    const endpoint = await serveTcp((socket) => socket.once("data", () => socket.destroy()));
    const error = await failure(discover(target(endpoint.url)));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("closed the connection without a whole answer");
    expect(error.message).toContain("use_http_11");
    expect(error.message).toContain("tried 5 times");
  });

  it("hints at HTTP/1.1 when the endpoint speaks nothing else", async () => {
    const endpoint = await serveHttp1(() => good);
    const error = await failure(discover(target(endpoint.url)));
    expect(error).toMatchObject({ code: "META0014", status: 500 });
    expect(error.message).toContain("register it with use_http_11 (--use-http1.1)");
    expect(waits).toEqual([]);
  });

  it("hints at HTTP/2 when the endpoint does not understand HTTP/1.1", async () => {
    const endpoint = await serveHttp2(() => good);
    const error = await failure(discover(target(endpoint.url, { useHttp11: true })));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("register it without use_http_11");
    expect(waits).toEqual([]);
  });

  it("says that a peer does not speak TLS", async () => {
    const endpoint = await serveHttp1(() => good);
    const error = await failure(discover(target(endpoint.url.replace("http:", "https:"))));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("write http://");
  });

  it.each(["before", "after-headers"] as const)(
    "ends a stall %s by its deadline",
    async (stall) => {
      const endpoint = await serveHttp2(() => ({ ...good, stall }));
      const quick = createDiscover({
        ports: { timers, random },
        limits: { ...LIMITS, discoveryTimeoutMs: SHORT_MS },
      });
      const error = await failure(quick(target(endpoint.url)));
      expect(error.code).toBe("META0003");
      expect(error.message).toContain(`no whole answer from ${endpoint.url}/discover within 0.4 s`);
      expect(endpoint.seen).toHaveLength(1);
    },
  );

  it("ends a stall over HTTP/1.1 likewise", async () => {
    const endpoint = await serveHttp1(() => ({ stall: "before" }));
    const quick = createDiscover({
      ports: { timers, random },
      limits: { ...LIMITS, discoveryTimeoutMs: SHORT_MS },
    });
    const error = await failure(quick(target(endpoint.url, { useHttp11: true })));
    expect(error.message).toContain("within 0.4 s");
  });

  it("ends when the server shuts down, also while it waits for another try", async () => {
    const stalled = await serveHttp2(() => ({ stall: "before" }));
    const failing = await serveHttp2(() => ({ status: 503 }));
    const closing = new AbortController();
    const slow: Timers = {
      after: (_delayMs, callback) => {
        const handle = setTimeout(callback, LIMITS.discoveryTimeoutMs);
        return () => clearTimeout(handle);
      },
    };
    const closable = createDiscover({
      ports: { timers: slow, random },
      limits: LIMITS,
      signal: closing.signal,
    });
    const both = [stalled, failing].map((endpoint) => failure(closable(target(endpoint.url))));
    await expect.poll(() => failing.seen.length + stalled.seen.length, { timeout: 4000 }).toBe(2);
    closing.abort();
    for (const error of await Promise.all(both)) {
      expect(error.message).toBe("the server is shutting down");
    }
    const late = await failure(closable(target(failing.url)));
    expect(late.message).toBe("the server is shutting down");
    expect(failing.seen).toHaveLength(1);
  });

  it.each([false, true])("ends a connection that says nothing (TLS: %s)", async (isTls) => {
    const endpoint = await serveTcp(() => undefined);
    const quick = createDiscover({
      ports: { timers, random },
      limits: { ...LIMITS, discoveryTimeoutMs: SHORT_MS },
    });
    const uri = isTls ? endpoint.url.replace("http:", "https:") : endpoint.url;
    const error = await failure(quick(target(uri)));
    expect(error.message).toContain("within 0.4 s");
  });
});

describe("an answer that is no manifest", () => {
  async function refused(answer: Parameters<typeof answerWith>[0], headers = {}) {
    const endpoint = await serveHttp2(() => answerWith(answer, headers));
    const error = await failure(discover(target(endpoint.url)));
    expect(endpoint.seen).toHaveLength(1);
    return error;
  }

  it("quotes the body of a 404, without another try", async () => {
    const endpoint = await serveHttp2(() => ({ status: 404, body: "no such page" }));
    const error = await failure(discover(target(endpoint.url)));
    expect(error).toMatchObject({ code: "META0003", status: 500 });
    expect(error.message).toBe(
      `${endpoint.url}/discover answered with status 404: "no such page"; ` +
        "check the path: a service endpoint answers at /discover below it",
    );
    expect(endpoint.seen).toHaveLength(1);
  });

  it("gives up after five answers of 500", async () => {
    const endpoint = await serveHttp2(() => ({ status: 500, body: "x".repeat(5000) }));
    const error = await failure(discover(target(endpoint.url)));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("answered with status 500");
    expect(error.message).toContain("tried 5 times");
    expect(error.message.length).toBeLessThan(800);
    expect(endpoint.seen).toHaveLength(5);
  });

  it("names the address that a redirect leads to", async () => {
    const endpoint = await serveHttp1(() => ({ status: 308, headers: { location: "https://x/" } }));
    const error = await failure(discover(target(endpoint.url, { useHttp11: true })));
    expect(error.message).toContain("it redirects to https://x/");
  });

  it.each([
    undefined,
    "application/json",
    "text/html; charset=utf-8",
    `${"application/vnd.restate.endpointmanifest.v4+json"}; charset=utf-8`,
  ])("refuses content-type %s", async (type) => {
    const endpoint = await serveHttp2(() => ({
      headers: type === undefined ? {} : { "content-type": type },
      body: "<html>hello",
    }));
    const error = await failure(discover(target(endpoint.url)));
    expect(error).toMatchObject({ code: "META0013", status: 500 });
    expect(error.message).toContain(type === undefined ? "no content-type" : type);
    expect(error.message).toContain("<html>hello");
  });

  it("refuses a body that is not JSON", async () => {
    const error = await refused("{services:");
    expect(error).toMatchObject({ code: "META0013", status: 500 });
    expect(error.message).toContain('is not JSON: "{services:"');
  });

  it("names an unknown property", async () => {
    const error = await refused({ ...manifestOf([greeter()]), colour: "red" });
    expect(error).toMatchObject({ code: "META0013", status: 500 });
    expect(error.message).toContain("property colour is unknown");
  });

  it("names a missing protocol mode", async () => {
    const { protocolMode: _, ...rest } = manifestOf([]);
    expect((await refused(rest)).message).toContain("protocolMode is missing");
  });

  it.each([
    [1, 2],
    [8, 9],
  ])("refuses protocol versions %i to %i", async (minProtocolVersion, maxProtocolVersion) => {
    const error = await refused(manifestOf([], { minProtocolVersion, maxProtocolVersion }));
    expect(error).toMatchObject({ code: "META0012", status: 500 });
  });

  it("refuses SDKs whose versions are withdrawn, whatever they announce", async () => {
    const headers = { "x-restate-server": "restate-sdk-typescript/1.2.3" };
    const error = await refused(manifestOf([greeter()]), headers);
    expect(error.code).toBe("META0012");
    expect(error.message).toContain("restate-sdk-typescript/1.2.3");
  });

  it.each(["restateThing", "openapi"])("refuses the reserved name %s", async (name) => {
    const error = await refused(manifestOf([{ ...greeter(), name }]));
    expect(error).toMatchObject({ code: "META0005", status: 400 });
  });

  it("refuses a body beyond the bound, over either version", async () => {
    const huge = answerWith(" ".repeat(LIMITS.discoveryBytesMax + 1));
    for (const useHttp11 of [false, true]) {
      const endpoint = await (useHttp11 ? serveHttp1 : serveHttp2)(() => huge);
      const error = await failure(discover(target(endpoint.url, { useHttp11 })));
      expect(error).toMatchObject({ code: "META0013", status: 500 });
      expect(error.message).toContain("larger than 65536 bytes");
      expect(endpoint.seen).toHaveLength(1);
    }
  });

  it("refuses bidirectional streams over HTTP/1.0", async () => {
    const body = JSON.stringify(manifestOf([]));
    const endpoint = await serveTcp((socket) =>
      socket.once("data", () =>
        socket.end(
          `HTTP/1.0 200 OK\r\ncontent-type: ${good.headers?.["content-type"]}\r\n\r\n${body}`,
        ),
      ),
    );
    const error = await failure(discover(target(endpoint.url, { useHttp11: true })));
    expect(error.code).toBe("META0015");
  });

  it("says so when the body ends early", async () => {
    const endpoint = await serveTcp((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")),
    );
    const error = await failure(discover(target(endpoint.url, { useHttp11: true })));
    expect(error.message).toContain("closed the connection without a whole answer");
  });
});

describe("over TLS", () => {
  const directory = mkdtempSync(join(tmpdir(), "rejoin-tls-"));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  it("uses what the peer prefers, and refuses a certificate that nobody vouches for", async (context) => {
    const made = spawnSync(
      "openssl",
      [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1".split(" "),
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
      ],
      { cwd: directory },
    );
    if (made.status !== 0) context.skip("there is no openssl to make a certificate with");
    const [key, cert] = ["key.pem", "cert.pem"].map((file) =>
      readFileSync(join(directory, file), "utf8"),
    );
    if (key === undefined || cert === undefined) return;
    const both = await serveTls(() => good, { key, cert, onlyHttp1: false });
    const old = await serveTls(() => good, { key, cert, onlyHttp1: true });

    const error = await failure(discover(target(both.url)));
    expect(error.code).toBe("META0003");
    expect(error.message).toContain("is not trusted: its certificate is signed by itself");
    expect(error.message).toContain("NODE_EXTRA_CA_CERTS");

    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect((await discover(target(both.url))).httpVersion).toBe("HTTP/2.0");
    expect((await discover(target(old.url))).httpVersion).toBe("HTTP/1.1");
    expect((await discover(target(both.url, { useHttp11: true }))).httpVersion).toBe("HTTP/1.1");
  });
});
