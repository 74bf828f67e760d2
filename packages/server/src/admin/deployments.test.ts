/** `/deployments` on real sockets, with little endpoints that answer discoveries. */
import { type Context, service } from "@rejoin/sdk";
import { describe, expect, it } from "vitest";
import {
  answerWith,
  freePort,
  greeter,
  manifestOf,
  serveHttp1,
  serveHttp2,
} from "../discovery/testing/endpoints.ts";
import { PATIENCE, startServer } from "./testing/running-server.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000000Z$/;
const DEPLOYMENT_ID = /^dp_1[0-9A-Za-z]{22}$/;

/** An endpoint whose manifest can be changed. */
async function serveManifest(first = manifestOf([greeter()])) {
  let manifest = first;
  const endpoint = await serveHttp2(() => answerWith(manifest));
  const change = (next: typeof first) => {
    manifest = next;
  };
  return { ...endpoint, change };
}

describe("POST /deployments", () => {
  it("registers an endpoint", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const answer = await server.call("POST /deployments", {
      uri: endpoint.url,
      additional_headers: { "X-Token": "secret" },
      metadata: { team: "a" },
    });
    expect(answer.status).toBe(201);
    const { id } = answer.json;
    expect(id).toMatch(DEPLOYMENT_ID);
    expect(answer.headers.get("location")).toBe(`deployments/${id}`);
    expect(answer.json).toEqual({
      id,
      services: [expect.objectContaining({ name: "greeter", revision: 1, deployment_id: id })],
      min_protocol_version: 5,
      max_protocol_version: 7,
      sdk_version: "test-sdk/1.0",
    });
    expect(endpoint.seen[0]?.headers).toMatchObject({ "x-token": "secret" });

    const head = {
      id,
      uri: `${endpoint.url}/`,
      protocol_type: "BidiStream",
      http_version: "HTTP/2.0",
      additional_headers: { "x-token": "secret" },
      metadata: { team: "a" },
      created_at: expect.stringMatching(INSTANT),
      min_protocol_version: 5,
      max_protocol_version: 7,
      sdk_version: "test-sdk/1.0",
    };
    expect((await server.call("GET /deployments")).json).toEqual({
      deployments: [{ ...head, services: [{ name: "greeter", revision: 1 }] }],
    });
    expect((await server.call(`GET /deployments/${id}`)).json).toEqual({
      ...head,
      services: answer.json.services,
    });
  });

  it("leaves a known address as it is, unless forced", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const first = await server.call("POST /deployments", { uri: endpoint.url });
    endpoint.change(manifestOf([greeter("welcome")]));
    const again = await server.call("POST /deployments", { uri: endpoint.url });
    expect(again.status).toBe(200);
    expect(again.json).toEqual(first.json);
    expect(endpoint.seen).toHaveLength(1);

    const forced = await server.call("POST /deployments", { uri: endpoint.url, force: true });
    expect(forced.status).toBe(200);
    expect(forced.json.id).toBe(first.json.id);
    expect(forced.json.services[0]).toMatchObject({ revision: 2, handlers: [{ name: "welcome" }] });
  });

  it("stores nothing in a dry run", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const dry = await server.call("POST /deployments", { uri: endpoint.url, dry_run: true });
    expect(dry.status).toBe(201);
    expect(dry.json.services[0].revision).toBe(1);
    expect((await server.call("GET /deployments")).json).toEqual({ deployments: [] });

    await server.call("POST /deployments", { uri: endpoint.url });
    const forced = await server.call("POST /deployments", {
      uri: endpoint.url,
      dry_run: true,
      force: true,
    });
    expect(forced.status).toBe(200);
    expect(forced.json.services[0].revision).toBe(2);
    expect((await server.call("GET /services/greeter")).json.revision).toBe(1);
  });

  it("refuses to change the type of a service, unless breaking", async () => {
    const server = await startServer();
    const [first, second] = [await serveManifest(), await serveManifest()];
    await server.call("POST /deployments", { uri: first.url });
    second.change(manifestOf([{ ...greeter(), ty: "VIRTUAL_OBJECT" }]));
    const refused = await server.call("POST /deployments", { uri: second.url });
    expect(refused.status).toBe(409);
    expect(refused.json).toEqual({
      message: expect.stringContaining("[META0006] service greeter is a SERVICE"),
      restate_code: "META0006",
    });
    const allowed = await server.call("POST /deployments", { uri: second.url, breaking: true });
    expect(allowed.status).toBe(201);
    expect(allowed.json.services[0]).toMatchObject({ ty: "VirtualObject", revision: 2 });
  });

  it("says what is wrong with an endpoint", async () => {
    const server = await startServer();
    const port = await freePort();
    const nobody = await server.call("POST /deployments", { uri: `http://127.0.0.1:${port}` });
    expect(nobody.status).toBe(500);
    expect(nobody.json.restate_code).toBe("META0003");
    expect(nobody.json.message).toContain(`[META0003] nothing listens at http://127.0.0.1:${port}`);

    const old = await serveHttp1(() => answerWith(manifestOf([greeter()])));
    const hinted = await server.call("POST /deployments", { uri: old.url });
    expect([hinted.status, hinted.json.restate_code]).toEqual([500, "META0014"]);
    const taken = await server.call("POST /deployments", { uri: old.url, use_http_11: true });
    expect(taken.status).toBe(201);
    const shown = await server.call(`GET /deployments/${taken.json.id}`);
    expect(shown.json.http_version).toBe("HTTP/1.1");

    const reserved = await serveManifest(manifestOf([{ ...greeter(), name: "openapi" }]));
    const refused = await server.call("POST /deployments", { uri: reserved.url });
    expect([refused.status, refused.json.restate_code]).toEqual([400, "META0005"]);
  });

  it.each([
    [manifestOf([greeter()], { minProtocolVersion: 1, maxProtocolVersion: 4 }), "META0012"],
    [{ ...manifestOf([greeter()]), unknown: 1 }, "META0013"],
    [{ ...manifestOf([greeter()]), protocolMode: undefined }, "META0013"],
  ])("refuses manifest %#", async (manifest, code) => {
    const server = await startServer();
    const endpoint = await serveHttp2(() => answerWith(manifest));
    const refused = await server.call("POST /deployments", { uri: endpoint.url });
    expect([refused.status, refused.json.restate_code]).toEqual([500, code]);
    expect((await server.call("GET /deployments")).json.deployments).toEqual([]);
  });

  it("refuses JSON schemas that are none", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const { id } = (await server.call("POST /deployments", { uri: endpoint.url })).json;
    const output = { contentType: "application/json", jsonSchema: { $ref: "#/$defs/a" } };
    endpoint.change(manifestOf([{ ...greeter(), handlers: [{ name: "greet", output }] }]));
    const message = expect.stringContaining(
      'the JSON schema for the output of greeter/greet is invalid: #/$ref: there is nothing at "#/$defs/a"',
    );
    for (const [request, body] of [
      ["POST /deployments", { uri: endpoint.url, force: true }],
      [`PATCH /deployments/${id}`, { overwrite: true }],
    ] as const) {
      const { status, json } = await server.call(request, body);
      expect([status, json]).toEqual([400, { message, restate_code: null }]);
    }
  });

  it.each([
    [{ arn: "arn:aws:lambda:eu-central-1:123456789012:function:f" }, "no version or alias"],
    [{ arn: "arn:aws:s3:::bucket" }, "no ARN of an AWS Lambda function"],
    [{ uri: "localhost:9080" }, "no absolute http or https URI"],
    [{ uri: "http://h/", assume_role_arn: "arn:aws:iam::123456789012:role/r" }, "goes with arn"],
  ])("refuses %j", async (body, text) => {
    const server = await startServer();
    const answer = await server.call("POST /deployments", body);
    expect([answer.status, answer.json.restate_code]).toEqual([400, null]);
    expect(answer.json.message).toContain(text);
  });
});

describe("version 2 of the API", () => {
  it("forces by default, and refuses where it must not", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    expect((await server.call("POST /v2/deployments", { uri: endpoint.url })).status).toBe(201);
    const again = await server.call("POST /v2/deployments", { uri: endpoint.url });
    expect(again.status).toBe(201);
    expect(again.json.services[0].revision).toBe(2);
    const kept = await server.call("POST /v2/deployments", { uri: endpoint.url, force: false });
    expect(kept.status).toBe(409);
    expect(kept.json.message).toContain(again.json.id);
  });

  it("replaces a deployment with PUT, which later versions do not have", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const { id } = (await server.call("POST /deployments", { uri: endpoint.url })).json;
    endpoint.change(manifestOf([greeter("welcome")]));
    for (const prefix of ["", "/v3", "/v4"]) {
      const refused = await server.call(`PUT ${prefix}/deployments/${id}`, { uri: endpoint.url });
      expect(refused.status).toBe(405);
      expect(refused.json.restate_code).toBeNull();
    }
    const replaced = await server.call(`PUT /v2/deployments/${id}`, { uri: endpoint.url });
    expect(replaced.status).toBe(200);
    expect(replaced.json.services[0]).toMatchObject({
      revision: 1,
      handlers: [{ name: "welcome" }],
    });
  });
});

describe("PATCH /deployments/{id}", () => {
  it("moves a deployment", async () => {
    const server = await startServer();
    const [first, second] = [await serveManifest(), await serveManifest()];
    second.change(manifestOf([greeter("welcome")]));
    const { id } = (await server.call("POST /deployments", { uri: first.url })).json;
    const dry = await server.call(`PATCH /deployments/${id}`, { uri: second.url, dry_run: true });
    expect(dry.json.uri).toBe(`${second.url}/`);
    expect((await server.call(`GET /deployments/${id}`)).json.uri).toBe(`${first.url}/`);

    const moved = await server.call(`PATCH /deployments/${id}`, {
      uri: second.url,
      additional_headers: { a: "1" },
    });
    expect(moved.status).toBe(200);
    expect(moved.json).toMatchObject({ uri: `${second.url}/`, additional_headers: { a: "1" } });
    expect(moved.json.services[0]).toMatchObject({ revision: 1, handlers: [{ name: "greet" }] });

    const taken = await server.call(`PATCH /deployments/${id}`, { overwrite: true });
    expect(taken.json.services[0]).toMatchObject({ revision: 1, handlers: [{ name: "welcome" }] });
    expect(second.seen.at(-1)?.headers).toMatchObject({ a: "1" });
  });

  it("does nothing when nothing is asked for", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const { id } = (await server.call("POST /deployments", { uri: endpoint.url })).json;
    const before = await server.call(`GET /deployments/${id}`);
    const same = await server.call(`PATCH /deployments/${id}`, {});
    expect([same.status, same.json]).toEqual([200, before.json]);
    expect(endpoint.seen).toHaveLength(1);
  });

  it("refuses another range of protocol versions", async () => {
    const server = await startServer();
    const endpoint = await serveManifest();
    const { id } = (await server.call("POST /deployments", { uri: endpoint.url })).json;
    const other = await serveManifest(manifestOf([greeter()], { maxProtocolVersion: 6 }));
    const refused = await server.call(`PATCH /deployments/${id}`, { uri: other.url });
    expect([refused.status, refused.json.restate_code]).toEqual([400, "META0016"]);
  });

  it("knows what it does not know", async () => {
    const server = await startServer();
    const unknown = "dp_11nGQpCRmau6ypL82KH2TnP";
    for (const request of [`PATCH /deployments/${unknown}`, `PATCH /deployments/embedded:x`]) {
      const answer = await server.call(request, { uri: "http://127.0.0.1:1" });
      expect([answer.status, answer.json.restate_code]).toEqual([404, null]);
    }
    expect((await server.call(`GET /deployments/${unknown}`)).status).toBe(404);
    const malformed = await server.call("GET /deployments/xx");
    expect([malformed.status, malformed.text]).toEqual([
      400,
      "Invalid URL: Cannot parse `deployment` with value `xx`: bad format",
    ]);
  });
});

describe("DELETE /deployments/{id}", () => {
  it("removes what nobody needs, or by force", async () => {
    const server = await startServer();
    const [first, second] = [await serveManifest(), await serveManifest()];
    const old = (await server.call("POST /deployments", { uri: first.url })).json.id;
    const leading = await server.call(`DELETE /deployments/${old}`);
    expect(leading.status).toBe(409);
    expect(leading.json.message).toContain("holds the newest revision of service greeter");

    const young = (await server.call("POST /deployments", { uri: second.url })).json.id;
    const removed = await server.call(`DELETE /deployments/${old}`);
    expect([removed.status, removed.text]).toEqual([202, ""]);
    expect((await server.call(`GET /deployments/${old}`)).status).toBe(404);

    const forced = await server.call(`DELETE /deployments/${young}?force=true`);
    expect(forced.status).toBe(202);
    expect((await server.call("GET /services/greeter")).status).toBe(404);
    expect((await server.call(`DELETE /deployments/${young}?force=true`)).status).toBe(404);
    expect((await server.call(`DELETE /deployments/${young}?force=maybe`)).status).toBe(400);
  });

  it("is refused while invocations keep to it", async () => {
    const napper = service({
      name: "greeter",
      handlers: { greet: async (ctx: Context): Promise<void> => await ctx.sleep(60_000) },
    });
    const server = await startServer({ services: [napper] });
    const { invocationId } = (await server.invoke("/greeter/greet/send")).json;
    await expect
      .poll(async () => (await server.call(`GET /invocations/${invocationId}`)).json, PATIENCE)
      .toMatchObject({ pinned_deployment_id: "embedded:main" });
    const endpoint = await serveManifest();
    await server.call("POST /deployments", { uri: endpoint.url });

    const refused = await server.call("DELETE /deployments/embedded:main");
    expect(refused.status).toBe(409);
    expect(refused.json.message).toContain("1 invocation is in flight on deployment embedded:main");
    expect(refused.json.message).toContain(invocationId);
    expect((await server.call("DELETE /deployments/embedded%3Amain?force=true")).status).toBe(202);
    const { deployments } = (await server.call("GET /deployments")).json;
    expect(deployments.map(({ uri }: { uri: string }) => uri)).toEqual([`${endpoint.url}/`]);
  });
});

describe("an embedded deployment", () => {
  const echo = service({
    name: "echo",
    handlers: { echo: async (_ctx: Context, value: string): Promise<string> => value },
  });

  it("is shown under its name, and as dp_… under a version prefix", async () => {
    const server = await startServer({ services: [echo], name: "my app" });
    const shown = { uri: "embedded://my%20app/", services: [{ name: "echo", revision: 1 }] };
    const [plain] = (await server.call("GET /deployments")).json.deployments;
    expect(plain).toMatchObject({ ...shown, id: "embedded:my app" });
    const [versioned] = (await server.call("GET /v4/deployments")).json.deployments;
    expect(versioned).toMatchObject(shown);
    expect(versioned.id).toMatch(DEPLOYMENT_ID);

    for (const id of ["embedded:my%20app", "embedded%3Amy%20app", versioned.id]) {
      const { status, json } = await server.call(`GET /deployments/${id}`);
      expect([status, json.id]).toEqual([200, "embedded:my app"]);
    }
    const { deployment_id } = (await server.call("GET /v4/services/echo")).json;
    expect(deployment_id).toBe(versioned.id);
  });

  it("needs a uri to move to", async () => {
    const server = await startServer({ services: [echo] });
    const answer = await server.call("PATCH /deployments/embedded:main", { use_http_11: true });
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain("give the uri it moves to");
  });
});
