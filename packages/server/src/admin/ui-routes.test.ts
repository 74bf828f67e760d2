import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { UiFile } from "./ports.ts";
import { addUiRoutes } from "./ui-routes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const FILES: Readonly<Record<string, UiFile>> = {
  "index.html": { plain: bytes("<page>"), gzip: bytes("gz"), brotli: bytes("br") },
  "assets/a-1.js": { plain: bytes("script"), gzip: undefined, brotli: undefined },
};

function createApp(files = FILES) {
  const app = new Hono();
  addUiRoutes(app, {
    info: { ingressUrl: "http://127.0.0.1:8080" },
    ui: { read: async (path) => files[path] },
  });
  return app;
}

describe("the routes of the web UI", () => {
  it("lead browsers to it, and nobody else", async () => {
    const app = createApp();
    const browser = await app.request("/", { headers: { accept: "text/html,*/*" } });
    expect([browser.status, browser.headers.get("location")]).toEqual([302, "/ui/"]);
    expect((await app.request("/", { headers: { accept: "*/*" } })).status).toBe(404);
    expect((await app.request("/ui")).headers.get("location")).toBe("/ui/");
  });

  it("answer every address with the page, but for files that are gone", async () => {
    const app = createApp();
    for (const path of ["/ui/", "/ui/invocations/inv_1?view=calls", "/ui/index.html"]) {
      const response = await app.request(path);
      expect(await response.text()).toBe("<page>");
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    }
    expect((await app.request("/ui/assets/a-0.js")).status).toBe(404);
    expect((await app.request("/ui/assets/../../secret")).status).toBe(404);
  });

  it("are only read", async () => {
    const app = createApp();
    const posted = await app.request("/ui/", { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
    const head = await app.request("/ui/", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("let what has a hash in its name be kept for ever", async () => {
    const response = await createApp().request("/ui/assets/a-1.js");
    expect(await response.text()).toBe("script");
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  });

  it.each([
    ["br, gzip", "br"],
    ["gzip, deflate", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["identity", null],
  ])("answer %s with %s", async (accepted, encoding) => {
    const response = await createApp().request("/ui/", {
      headers: { "accept-encoding": accepted },
    });
    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("vary")).toBe("accept-encoding");
  });

  it("let the page talk to this server and its ingress alone", async () => {
    const policyFor = async (host: string) => {
      const response = await createApp().request("/ui/", { headers: { host } });
      return response.headers.get("content-security-policy") ?? "";
    };
    const policy = await policyFor("rejoin.example:9070");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(
      "connect-src 'self' http://127.0.0.1:8080 http://rejoin.example:8080;",
    );
    expect(await policyFor("x; script-src *")).not.toContain("script-src *");
  });

  it("say how to get it where it is not", async () => {
    const response = await createApp({}).request("/ui/overview");
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("npm install @rejoin/ui");
  });
});
