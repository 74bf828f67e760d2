/** Deployments live in the store: they are there after a restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, service } from "@rejoin/sdk";
import { expect, it, onTestFinished } from "vitest";
import { answerWith, greeter, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import { startServer } from "./testing/running-server.ts";

function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "rejoin-admin-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const echo = service({
  name: "echo",
  handlers: { echo: async (_ctx: Context, value: string): Promise<string> => value },
});
const changedEcho = service({
  name: "echo",
  handlers: {
    echo: async (_ctx: Context, value: string): Promise<string> => value,
    twice: async (_ctx: Context, value: string): Promise<string> => value + value,
  },
});

it("keeps deployments, their revisions and their headers", async () => {
  const dataDir = temporaryDirectory();
  const endpoint = await serveHttp2(() => answerWith(manifestOf([greeter()])));
  const first = await startServer({ dataDir, services: [echo] });
  await first.call("POST /deployments", { uri: endpoint.url, additional_headers: { a: "1" } });
  await first.call("POST /deployments", { uri: endpoint.url, force: true, metadata: { b: "2" } });
  const before = await first.call("GET /deployments");
  const services = await first.call("GET /services");
  await first.close();

  const second = await startServer({ dataDir, services: [echo] });
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect((await second.call("GET /deployments")).json.deployments.sort(byId)).toEqual(
    before.json.deployments.sort(byId),
  );
  expect((await second.call("GET /services")).json.services).toHaveLength(
    services.json.services.length,
  );
  expect(endpoint.seen).toHaveLength(2);
  await second.close();

  // A server without services of its own does not forget those of an earlier start.
  const third = await startServer({ dataDir });
  expect((await third.call("GET /services/echo")).json.revision).toBe(1);
  await third.close();

  const fourth = await startServer({ dataDir, services: [changedEcho] });
  expect((await fourth.call("GET /services/echo")).json.revision).toBe(2);
});
