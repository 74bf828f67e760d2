import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { createLazyListener } from "./lazy-listener.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";

const app = vi.hoisted(() => ({ loaded: 0, isBroken: false }));

vi.mock("./app.ts", () => ({
  createAdminApp: () => {
    if (app.isBroken) throw new Error("a file is missing");
    app.loaded += 1;
    return {
      fetch: async (request: Request) =>
        new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`),
    };
  },
}));

const logged: string[] = [];
let isReady = true;
const ports = {
  isReady: () => isReady,
  log: (level: string, message: string) => void logged.push(`${level} ${message}`),
} as unknown as AdminPorts;

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  Object.assign(app, { loaded: 0, isBroken: false });
  isReady = true;
  logged.length = 0;
});

async function open(): Promise<string> {
  const opened = createServer(createLazyListener(ports, {} as AdminLimits));
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
}

it("loads the API once, for all that have come in the meantime, with their bodies", async () => {
  const url = await open();
  const bodies = Array.from({ length: 20 }, (_, i) => `body ${i}`);
  const answers = await Promise.all(
    bodies.map(async (body) => (await fetch(`${url}/x`, { method: "POST", body })).text()),
  );
  expect(answers).toEqual(bodies.map((body) => `POST /x ${body}`));
  expect(app.loaded).toBe(1);
});

it("says that the server is ready without it", async () => {
  const url = await open();
  for (const path of ["/health", "/v2/health", "/v3/health", "/v4/health"]) {
    const answer = await fetch(url + path);
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  }
  expect(app.loaded).toBe(0);
});

it("leaves every other question about its health to the API", async () => {
  const url = await open();
  isReady = false;
  expect(await (await fetch(`${url}/health`)).text()).toBe("GET /health ");
  isReady = true;
  const posted = await fetch(`${url}/health`, { method: "POST", body: "b" });
  expect(await posted.text()).toBe("POST /health b");
  expect(await (await fetch(`${url}/v1/health`)).text()).toBe("GET /v1/health ");
});

it("answers when it cannot be loaded, says why in the log, and tries again", async () => {
  const url = await open();
  app.isBroken = true;
  const refused = await fetch(`${url}/x`);
  expect(refused.status).toBe(500);
  expect(await refused.json()).toMatchObject({
    message: expect.stringMatching(/cannot be loaded/),
  });
  expect(logged).toEqual([expect.stringMatching(/^error the admin API cannot be loaded/)]);
  app.isBroken = false;
  expect(await (await fetch(`${url}/x`)).text()).toBe("GET /x ");
});
