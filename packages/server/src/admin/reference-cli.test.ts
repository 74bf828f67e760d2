/** The requests of the reference command line (1.7.12), as recorded, and what it reads in answers. */

import { type Context, service } from "@rejoin/sdk";
import { describe, expect, it } from "vitest";
import { answerWith, greeter, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import { startServer } from "./testing/running-server.ts";

const AGENT = { accept: "*/*", "user-agent": "restate-cli/1.7.12 linux-x86_64" };
const DEPLOYMENT_ID = /^dp_1[0-9A-Za-z]{22}$/;

/** What `restate deployments register` sends. */
function body(uri: string, force: boolean, dryRun: boolean) {
  return {
    uri,
    additional_headers: null,
    use_http_11: false,
    breaking: false,
    force,
    dry_run: dryRun,
  };
}

describe("restate", () => {
  it("whoami", async () => {
    const server = await startServer();
    const version = await server.call("GET /version", undefined, AGENT);
    expect(version.json).toMatchObject({ min_admin_api_version: 2, max_admin_api_version: 4 });
    expect(version.json.ingress_endpoint).toBe(server.ingressUrl);
    expect((await server.call("GET /v4/health", undefined, AGENT)).status).toBe(200);
  });

  it("deployments register", async () => {
    const server = await startServer();
    const endpoint = await serveHttp2(() => answerWith(manifestOf([greeter()])));
    const post = (force: boolean, dryRun: boolean) =>
      server.call("POST /v4/deployments", body(`${endpoint.url}/`, force, dryRun), AGENT);

    expect((await post(false, true)).status).toBe(201);
    const created = await post(false, false);
    expect(created.status).toBe(201);
    expect(created.json.id).toMatch(DEPLOYMENT_ID);
    // Known already: it says so and ends.
    expect((await post(false, true)).status).toBe(200);
    // By force: it shows what would change, from the deployment and its services.
    const preview = await post(true, true);
    expect(preview.json.services[0].revision).toBe(2);
    expect((await server.call(`GET /v4/deployments/${created.json.id}`)).json.services).toEqual([
      expect.objectContaining({ name: "greeter", revision: 1 }),
    ]);
    expect((await server.call("GET /v4/services/greeter")).json.revision).toBe(1);
    expect((await post(true, false)).json.services[0].revision).toBe(2);

    const options = { additional_headers: { a: "b" }, metadata: { k: "v" }, breaking: true };
    const known = { ...body(`${endpoint.url}/`, false, true), ...options, use_http_11: true };
    expect((await server.call("POST /v4/deployments", known, AGENT)).status).toBe(200);
  });

  it("deployments list, services list, services describe", async () => {
    const echo = service({
      name: "echo",
      handlers: { echo: async (_ctx: Context, value: string): Promise<string> => value },
    });
    const server = await startServer({ services: [echo] });
    const { services } = (await server.call("GET /v4/services", undefined, AGENT)).json;
    const { deployments } = (await server.call("GET /v4/deployments", undefined, AGENT)).json;
    // It takes no other ids, and reads the address as a URI with an authority.
    expect(deployments[0].id).toMatch(DEPLOYMENT_ID);
    expect(services[0].deployment_id).toBe(deployments[0].id);
    expect(deployments[0].uri).toMatch(/^\w+:\/\/\w+\/$/);
    const shown = await server.call(`GET /v4/deployments/${deployments[0].id}`, undefined, AGENT);
    expect(shown.json.services).toEqual(services);
    expect((await server.call("GET /v4/services/echo", undefined, AGENT)).json).toEqual(
      services[0],
    );
  });
});
