/** `PATCH /services/{name}`: what an operator sets, on real sockets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceManifest } from "@rejoin/protocol";
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { answerWith, greeter, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import type { StartOptions } from "../start.ts";
import { PATIENCE, startServer, type TestServer } from "./testing/running-server.ts";

const echo = service({
  name: "echo",
  handlers: {
    echo: async (_ctx: Context, value: string): Promise<string> => value,
    other: async (_ctx: Context): Promise<string> => "other",
  },
});

async function registered(
  services: readonly ServiceManifest[],
  options: Partial<StartOptions> = {},
): Promise<TestServer & { readonly uri: string }> {
  const server = await startServer(options);
  const endpoint = await serveHttp2(() => answerWith(manifestOf(services)));
  await server.call("POST /deployments", { uri: endpoint.url });
  return { ...server, uri: endpoint.url };
}

describe("PATCH /services/{name}", () => {
  it("sets options, and gives the service as it is then", async () => {
    const server = await startServer({ services: [echo] });
    const before = (await server.call("GET /services/echo")).json;
    const changed = await server.call("PATCH /services/echo", {
      idempotency_retention: "3s",
      journal_retention: "PT10M",
      inactivity_timeout: "1m 1s",
      abort_timeout: "2 hours",
      retry_policy: { max_attempts: 4, max_interval: "30s", on_max_attempts: "Kill" },
    });
    expect(changed.status).toBe(200);
    expect(changed.json).toEqual({
      ...before,
      idempotency_retention: "3s",
      journal_retention: "10m",
      inactivity_timeout: "1m 1s",
      abort_timeout: "2h",
      retry_policy: {
        ...before.retry_policy,
        max_attempts: 4,
        max_interval: "30s",
        on_max_attempts: "Kill",
      },
    });
    expect((await server.call("GET /v4/services/echo")).json).toMatchObject({
      revision: before.revision,
      abort_timeout: "2h",
    });
  });

  it("does nothing when nothing is asked for", async () => {
    const server = await startServer({ services: [echo] });
    const before = await server.call("GET /services/echo");
    for (const body of [{}, { public: null, abort_timeout: null }, { unknown: 1 }]) {
      const same = await server.call("PATCH /services/echo", body);
      expect([same.status, same.json]).toEqual([200, before.json]);
    }
  });

  it("hides a service from the ingress, and shows it again", async () => {
    const server = await startServer({ services: [echo] });
    await server.call("PATCH /services/echo", { public: false });
    const hidden = await server.invoke("/echo/echo", "a");
    expect(hidden.status).toBe(400);
    expect((await server.call("GET /services/echo")).json).toMatchObject({
      public: false,
      handlers: [{ public: false }, { public: false }],
    });
    await server.call("PATCH /services/echo", { public: true });
    expect((await server.invoke("/echo/echo", "a")).json).toBe("a");
  });

  it("counts for the next attempt of what is in flight", async () => {
    let attempts = 0;
    const flaky = service({
      name: "flaky",
      handlers: {
        run: async (_ctx: Context): Promise<string> => {
          attempts += 1;
          throw new Error(`attempt ${attempts} has failed`);
        },
      },
      options: { retryPolicy: { initialInterval: 20, maxInterval: 20, maxAttempts: 1_000_000 } },
    });
    const server = await startServer({ services: [flaky] });
    const answer = server.invoke("/flaky/run");
    await expect.poll(() => attempts, PATIENCE).toBeGreaterThan(1);
    await server.call("PATCH /services/flaky", {
      retry_policy: { max_attempts: 2, on_max_attempts: "Kill" },
    });
    expect((await answer).json.message).toMatch(/attempt \d+ has failed/);
  });

  it("survives a restart, and is gone with the next revision", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "rejoin-admin-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await registered([greeter()], { dataDir });
    await first.call("PATCH /services/greeter", { abort_timeout: "7s", concurrency_limit: 3 });
    await first.close();

    const second = await startServer({ dataDir });
    const changed = (await second.call("GET /services/greeter")).json;
    expect(changed).toMatchObject({ abort_timeout: "7s", concurrency_limit: 3, revision: 1 });
    const forced = await second.call("POST /deployments", { uri: first.uri, force: true });
    expect(forced.json.services[0]).toMatchObject({
      abort_timeout: "10m",
      concurrency_limit: 3,
      revision: 2,
    });
  });

  it("limits services and handlers, and lifts the limits", async () => {
    const server = await startServer({ services: [echo] });
    const { json } = await server.call("PATCH /services/echo", {
      concurrency_limit: 10,
      handlers: { echo: { concurrency_limit: 2 }, other: {} },
    });
    expect(json).toMatchObject({ concurrency_limit: 10, handlers: [{ concurrency_limit: 2 }, {}] });
    expect(json.handlers[1]).not.toHaveProperty("concurrency_limit");
    const lifted = await server.call("PATCH /services/echo", {
      concurrency_limit: null,
      handlers: { echo: { concurrency_limit: null } },
    });
    expect(JSON.stringify(lifted.json)).not.toContain("concurrency_limit");
    const unknown = await server.call("PATCH /services/echo", {
      handlers: { nothing: { concurrency_limit: 1 } },
    });
    expect([unknown.status, unknown.json.message]).toEqual([
      404,
      "service echo has no handler nothing",
    ]);
  });

  it("holds back what is beyond a limit, until it is raised", async () => {
    let running = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const busy = service({
      name: "busy",
      handlers: {
        run: async (_ctx: Context): Promise<void> => {
          running += 1;
          await released;
        },
      },
    });
    const server = await startServer({ services: [busy] });
    await server.call("PATCH /services/busy", { concurrency_limit: 2 });
    for (let i = 0; i < 5; i++) await server.invoke("/busy/run/send");
    const statuses = async () => {
      const { invocations } = (await server.call("GET /invocations")).json;
      return invocations.map(({ status }: { status: string }) => status).sort();
    };
    const [pending, two] = ["pending", "running"];
    await expect.poll(statuses, PATIENCE).toEqual([pending, pending, pending, two, two]);
    expect(running).toBe(2);
    await server.call("PATCH /services/busy", { concurrency_limit: 4 });
    await expect.poll(() => running, PATIENCE).toBe(4);
    expect(await statuses()).toContain("pending");
    await server.call("PATCH /services/busy", { concurrency_limit: null });
    await expect.poll(() => running, PATIENCE).toBe(5);
    release();
    await expect.poll(statuses, PATIENCE).toEqual(Array.from({ length: 5 }, () => "completed"));
  });

  it.each([
    [{ abort_timeout: "soon" }, '"soon" is no duration'],
    [{ abort_timeout: 5 }, "abort_timeout"],
    [{ abort_timeout: "-1s" }, "no duration"],
    [{ idempotency_retention: "36501d" }, "idempotency_retention: at most 36500d"],
    [{ public: "yes" }, "public"],
    [{ concurrency_limit: 0 }, "concurrency_limit"],
    [{ concurrency_limit: 1.5 }, "concurrency_limit"],
    [{ retry_policy: { max_attempts: 0 } }, "retry_policy.max_attempts"],
    [{ retry_policy: { exponentiation_factor: 0.5 } }, "retry_policy.exponentiation_factor"],
    [{ handlers: { echo: 5 } }, "handlers.echo"],
    [[], "expected object"],
  ])("refuses %j", async (body, text) => {
    const server = await startServer({ services: [echo] });
    const refused = await server.call("PATCH /services/echo", body);
    expect([refused.status, refused.json]).toEqual([422, undefined]);
    expect(refused.text).toContain(text);
  });

  it("knows which services there are, and of what type", async () => {
    const server = await startServer({ services: [echo] });
    const unknown = await server.call("PATCH /services/nothing", { public: true });
    expect([unknown.status, unknown.json.restate_code]).toEqual([404, null]);
    const body = { workflow_completion_retention: "1d" };
    const refused = await server.call("PATCH /services/echo", body);
    expect([refused.status, refused.json.message]).toEqual([
      400,
      expect.stringContaining("for workflows only"),
    ]);
  });
});

describe("a server with maxima", () => {
  const hours = 3_600_000;
  const maxima = { journalRetentionMs: 48 * hours, idempotencyRetentionMs: 2 * hours };
  const defaults = { maxima };

  it("reduces retentions, and says so where they were asked for", async () => {
    const handlers = [{ name: "long", journalRetention: 72 * hours }, { name: "plain" }];
    const server = await registered(
      [{ name: "svc", ty: "SERVICE", idempotencyRetention: 5 * hours, handlers }],
      { defaults },
    );
    const { json } = await server.call("GET /services/svc");
    const reduced = (what: string, from: string, to: string) => ({
      code: "RT0022",
      message: `the ${what} of ${from} is reduced to ${to}, the maximum of this server`,
    });
    expect(json).toMatchObject({
      idempotency_retention: "2h",
      journal_retention: "1d",
      info: [reduced("idempotency_retention", "5h", "2h")],
    });
    expect(json.handlers).toMatchObject([
      { journal_retention: "2d", info: [reduced("journal_retention", "3d", "2d")] },
      { name: "plain" },
    ]);
    expect(json.handlers[1]).not.toHaveProperty("info");
    const changed = await server.call("PATCH /services/svc", { journal_retention: "10d" });
    expect(changed.json.journal_retention).toBe("2d");
    expect(changed.json.info).toContainEqual(reduced("journal_retention", "10d", "2d"));
  });

  it("keeps invocations no longer", async () => {
    const failing = service({
      name: "failing",
      handlers: {
        run: async (_ctx: Context): Promise<void> => {
          throw new TerminalError("no");
        },
      },
      options: { idempotencyRetention: { days: 30 } },
    });
    const server = await startServer({ services: [failing], defaults });
    const answer = await server.invoke("/failing/run", undefined, { "idempotency-key": "k" });
    const id = answer.headers.get("x-restate-id");
    const shown = await server.call(`GET /invocations/${id}`);
    expect(shown.json).toMatchObject({ completion_retention: "2h", journal_retention: "2h" });
  });
});

it("tells deployments at one address apart by the headers that are routed by", async () => {
  const server = await startServer({ deploymentRoutingHeaders: ["X-Region"] });
  const endpoint = await serveHttp2(() => answerWith(manifestOf([greeter()])));
  const register = async (headers: Record<string, string>) => {
    const body = { uri: endpoint.url, additional_headers: headers };
    return (await server.call("POST /deployments", body)).status;
  };
  expect(await register({ "x-region": "eu", other: "1" })).toBe(201);
  expect(await register({ "X-REGION": "eu", other: "2" })).toBe(200);
  expect(await register({ "x-region": "us" })).toBe(201);
  expect(await register({})).toBe(201);
  expect(await register({ other: "3" })).toBe(200);
});
