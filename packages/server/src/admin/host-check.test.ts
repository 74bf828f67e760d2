import { request } from "node:http";
import { expect, it } from "vitest";
import { createHostCheck, type HostCheckOptions, isLoopbackAddress } from "./host-check.ts";
import { startServer } from "./testing/running-server.ts";

interface Sent {
  readonly host?: string;
  readonly origin?: string;
  readonly method?: string;
}

const LOOPBACK: HostCheckOptions = { allowed: undefined, isLoopback: () => true };

function refusalOf(options: HostCheckOptions, { host, origin, method = "POST" }: Sent) {
  const headers = { ...(host && { host }), ...(origin && { origin }) };
  return createHostCheck(options)({ method, headers });
}

it.each([
  "127.0.0.1:9070",
  "[::1]:9070",
  "192.168.7.1",
  "localhost:9070",
  "LOCALHOST.:9070",
  "ui.localhost:9070",
  "host.docker.internal:9070",
])("takes requests to %s", (host) => {
  expect(refusalOf(LOOPBACK, { host })).toBeUndefined();
});

it.each([
  "pages.example.com",
  "pages.example.com:9070",
  "localhost.example.com",
  "127.0.0.1.example.com",
  "notlocalhost",
  "a b",
])("refuses requests to %s, and says what to set", (host) => {
  const refusal = refusalOf(LOOPBACK, { host, method: "GET" });
  expect(refusal).toContain(JSON.stringify(host));
  if (host.startsWith("pages")) expect(refusal).toMatch(/allowed-hosts .* to pages.example.com$/);
});

it("refuses what would change something when pages of others ask for it", () => {
  const host = "127.0.0.1:9070";
  for (const origin of ["https://pages.example.com", "http://203.0.113.5", "null"]) {
    expect(refusalOf(LOOPBACK, { host, origin })).toContain(`origin "${origin}"`);
    expect(refusalOf(LOOPBACK, { host, origin, method: "GET" })).toBeUndefined();
  }
  const own = ["http://127.0.0.1:9070", "http://localhost:5173", "http://[::1]:1", undefined];
  for (const origin of own) {
    expect(refusalOf(LOOPBACK, { host, ...(origin && { origin }) })).toBeUndefined();
  }
});

it("takes pages that have come from where their requests go", () => {
  const lan = "192.168.7.1:9070";
  expect(refusalOf(LOOPBACK, { host: lan, origin: `http://${lan}` })).toBeUndefined();
  expect(refusalOf(LOOPBACK, { host: lan, origin: "http://192.168.7.1:80" })).toBeDefined();
});

it("takes the names that are listed, and those below them", () => {
  const allowed = ["Rejoin.example.com", "*.corp.example", ".other.example"];
  const options: HostCheckOptions = { allowed, isLoopback: () => false };
  for (const host of ["rejoin.example.com:80", "a.corp.example", "b.c.other.example"]) {
    expect(refusalOf(options, { host })).toBeUndefined();
    expect(refusalOf(options, { host: "localhost", origin: `https://${host}` })).toBeUndefined();
  }
  for (const host of ["example.com", "xrejoin.example.com", "corp.example", "acorp.example"]) {
    expect(refusalOf(options, { host })).toContain(host);
  }
});

it("checks nothing on other addresses unless names are listed, and never with *", () => {
  const host = "rejoin.svc.cluster.local:9070";
  expect(refusalOf({ allowed: undefined, isLoopback: () => false }, { host })).toBeUndefined();
  expect(refusalOf({ allowed: [], isLoopback: () => false }, { host })).toBeDefined();
  const any: HostCheckOptions = { allowed: ["*"], isLoopback: () => true };
  expect(refusalOf(any, { host, origin: "https://pages.example.com" })).toBeUndefined();
});

it("takes the name of the address at which it was told to listen", () => {
  const options = { ...LOOPBACK, address: "My-Machine:9070" };
  expect(refusalOf(options, { host: "my-machine:9070" })).toBeUndefined();
  expect(refusalOf(options, { host: "localhost" })).toBeUndefined();
  expect(refusalOf(options, { host: "my-machine.example.com" })).toBeDefined();
  expect(refusalOf({ ...LOOPBACK, address: "[::1]:0" }, { host: "[::1]:9070" })).toBeUndefined();
});

it("takes requests without any name, which are not of browsers", () => {
  expect(refusalOf(LOOPBACK, {})).toBeUndefined();
});

it("knows loopback addresses", () => {
  expect(["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"].every(isLoopbackAddress)).toBe(true);
  expect(["0.0.0.0", "::", "10.0.0.1", "1.127.0.1"].some(isLoopbackAddress)).toBe(false);
});

/** `fetch` does not let its caller choose the host. */
function send(url: string, method: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    sent.on("error", reject).end();
  });
}

it("holds for every path of a server", async () => {
  const { adminUrl } = await startServer();
  const host = "pages.example.com";
  for (const path of ["/invocations", "/metrics", "/ui/", "/health"]) {
    const refused = await send(adminUrl + path, "GET", { host });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.text).message).toContain("REJOIN_ADMIN_ALLOWED_HOSTS");
  }
  const origin = "https://pages.example.com";
  const path = `${adminUrl}/invocations/inv_1/cancel`;
  expect((await send(path, "PATCH", { origin })).status).toBe(403);
  expect((await send(`${adminUrl}/health`, "GET", { host: "localhost" })).status).toBe(200);
});

it("is given names by whoever starts the server", async () => {
  const { adminUrl } = await startServer({ adminAllowedHosts: ["rejoin.example.com"] });
  const at = (host: string) => send(`${adminUrl}/health`, "GET", { host });
  expect((await at("rejoin.example.com")).status).toBe(200);
  expect((await at("pages.example.com")).status).toBe(403);
});
