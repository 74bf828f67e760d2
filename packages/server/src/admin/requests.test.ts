/** What every route answers to requests that it does not like. */

import { StoreError } from "@rejoin/engine";
import { beforeEach, describe, expect, it } from "vitest";
import { UnavailableError } from "../operations/operations.ts";
import { EMPTY_DOCUMENT } from "../registry/document.ts";
import { createSnapshot, SERVER_DEFAULTS } from "../registry/snapshot.ts";
import { createAdminApp } from "./app.ts";
import type { AdminPorts } from "./ports.ts";
import { NO_INTROSPECTION } from "./testing/introspection-stub.ts";

const logged: string[] = [];
let ready = true;
let listError: Error = new Error("something broke");

const ports: AdminPorts = {
  info: {
    version: "1.2.3",
    ingressUrl: "http://127.0.0.1:8080",
    clusterName: "here",
    features: { protocol_v7: true },
  },
  isReady: () => ready,
  now: () => 0,
  log: (level, message) => void logged.push(`${level} ${message}`),
  registry: () => createSnapshot(EMPTY_DOCUMENT, 1, SERVER_DEFAULTS),
  deployments: {
    register: () => Promise.reject(new Error("not asked for")),
    update: () => Promise.reject(new Error("not asked for")),
    remove: () => Promise.reject(new Error("not asked for")),
  },
  settings: {
    changeService: () => Promise.reject(new Error("not asked for")),
    putRules: () => Promise.reject(new Error("not asked for")),
    removeRules: () => Promise.reject(new Error("not asked for")),
  },
  invocations: {
    ...NO_INTROSPECTION,
    list: () => Promise.reject(listError),
    read: () => Promise.resolve(undefined),
    readRecording: () => Promise.resolve(undefined),
  },
  operations: {
    operate: () => Promise.reject(new Error("not asked for")),
    mutateState: () => Promise.reject(new Error("not asked for")),
  },
  conversions: { convert: () => Promise.reject(new Error("not asked for")) },
};
const app = createAdminApp(ports, {
  adminBodyBytesMax: 1000,
  adminRequestsMax: 2,
  adminStateBodyBytesMax: 2000,
  adminJournalBytesMax: 1000,
  requestBytesMax: 1000,
  eagerStateBytesMax: 1000,
});

async function call(request: string, body?: string, type: string | null = "application/json") {
  const [method = "GET", path = "/"] = request.split(" ");
  const response = await app.request(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: type === null || body === undefined ? {} : { "content-type": type },
  });
  const text = await response.text();
  const mediaType = response.headers.get("content-type")?.split(";")[0];
  return { status: response.status, text, mediaType, headers: response.headers };
}

beforeEach(() => {
  logged.length = 0;
});

describe("a path", () => {
  it.each(["", "/v2", "/v3", "/v4"])("is served below %j", async (prefix) => {
    for (const path of [
      "/health",
      "/version",
      "/cluster-health",
      "/openapi",
      "/deployments",
      "/services",
    ]) {
      expect((await call(`GET ${prefix}${path}`)).status).toBe(200);
    }
    expect((await call(`HEAD ${prefix}/health`)).status).toBe(200);
  });

  it.each(["/v1/deployments", "/v1/version"])("of version 1 is refused: %s", async (path) => {
    const { status, text, mediaType } = await call(`GET ${path}`);
    expect([status, mediaType]).toEqual([400, "text/plain"]);
    expect(text).toContain("version 1 of the admin API");
  });

  it.each(["/", "/nothing", "/v5/deployments", "/deployments/a/b", "/services/a/b/c"])(
    "may be unknown: %s",
    async (path) => {
      expect(await call(`GET ${path}`)).toMatchObject({ status: 404, text: "" });
    },
  );

  it.each([
    ["DELETE /services", "GET"],
    ["PUT /deployments", "GET, POST"],
    ["POST /v3/services/a", "GET, PATCH"],
    ["PATCH /limits/rules", "GET, PUT"],
  ])("may not take a method: %s", async (request, allow) => {
    const { status, text, headers } = await call(request, "{}");
    expect([status, headers.get("allow"), text]).toEqual([405, allow, ""]);
  });

  it.each(["", "/v3", "/v4"])(
    "of a deployment below %j says what to do instead of PUT",
    async (v) => {
      const { status, text, headers } = await call(
        `PUT ${v}/deployments/dp_11nGQpCRmau6ypL82KH2TnP`,
        "{}",
      );
      expect([status, headers.get("allow")]).toEqual([405, "GET, PATCH, DELETE"]);
      expect(JSON.parse(text)).toEqual({
        message: expect.stringContaining("PATCH and overwrite"),
        restate_code: null,
      });
    },
  );
});

describe("an answer", () => {
  const ask = (path: string, encoding: string) =>
    app.request(path, { headers: { "accept-encoding": encoding } });

  it.each([
    ["gzip", "gzip"],
    ["zstd, gzip;q=0.8", "gzip"],
    ["deflate", "deflate"],
    ["*", "gzip"],
  ] as const)("is compressed for %s", async (accepted, encoding) => {
    const response = await ask("/openapi", accepted);
    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("vary")).toMatch(/accept-encoding/i);
    const { body } = response;
    if (body === null) throw new Error("it has a body");
    const whole = new Response(body.pipeThrough(new DecompressionStream(encoding)));
    expect(await whole.json()).toEqual(await (await ask("/openapi", "identity")).json());
  });

  it.each(["", "identity", "br", "gzip;q=0"])("is not compressed for %j", async (accepted) => {
    const response = await ask("/openapi", accepted);
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(await response.json()).toMatchObject({ openapi: "3.1.0" });
  });
});

describe("a server with all that it serves at a time", () => {
  it("refuses more, and takes requests again when others are done", async () => {
    const held: (() => void)[] = [];
    const list = () => new Promise<never>((_resolve, reject) => held.push(() => reject(listError)));
    const busy = createAdminApp(
      { ...ports, invocations: { ...ports.invocations, list } },
      {
        adminBodyBytesMax: 1000,
        adminRequestsMax: 2,
        adminStateBodyBytesMax: 2000,
        adminJournalBytesMax: 1000,
        requestBytesMax: 1000,
        eagerStateBytesMax: 1000,
      },
    );
    const open = [busy.request("/invocations"), busy.request("/invocations")];
    await expect.poll(() => held.length).toBe(2);
    const refused = await busy.request("/deployments");
    expect(refused.status).toBe(429);
    expect(((await refused.json()) as { message: string }).message).toContain("2 requests");
    for (const end of held) end();
    await Promise.all(open.map((answer) => Promise.resolve(answer)));
    expect((await busy.request("/deployments")).status).toBe(200);
  });
});

describe("what needs Kafka", () => {
  it("is not there", async () => {
    expect(JSON.parse((await call("GET /subscriptions")).text)).toEqual({ subscriptions: [] });
    expect(JSON.parse((await call("GET /v4/kafka-clusters")).text)).toEqual({ clusters: [] });
    for (const request of [
      "GET /subscriptions/sub_11nGQpCRmau6ypL82KH2TnP",
      "DELETE /subscriptions/x",
      "GET /kafka-clusters/main",
      "PATCH /kafka-clusters/main",
      "DELETE /kafka-clusters/main",
    ]) {
      const { status, text } = await call(request);
      expect([status, JSON.parse(text).message]).toEqual([
        404,
        expect.stringContaining("there is no"),
      ]);
    }
  });

  it.each(["/subscriptions", "/kafka-clusters"])("is refused at %s", async (path) => {
    const { status, text } = await call(`POST ${path}`, "{}");
    expect(status).toBe(501);
    expect(JSON.parse(text).message).toContain("does not consume Kafka topics");
  });
});

describe("a body", () => {
  it.each([
    "POST /deployments",
    "PATCH /deployments/embedded:main",
    "PUT /v2/deployments/embedded:main",
  ])("must be JSON: %s", async (request) => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", null]) {
      const { status, mediaType } = await call(request, "{}", type);
      expect([status, mediaType]).toEqual([415, "text/plain"]);
    }
    expect((await call(request)).status).toBe(415);
    const malformed = await call(request, "{");
    expect([malformed.status, malformed.mediaType]).toEqual([400, "text/plain"]);
    const shape = await call(request, '{"uri":7}');
    expect([shape.status, shape.mediaType]).toEqual([422, "text/plain"]);
    expect(shape.text).toContain("uri: Invalid input: expected string");
  });

  it.each(["[]", "null", '"x"', '{"x":1}', '{"uri":null}'])(
    "must have the shape: %s",
    async (body) => {
      expect((await call("POST /deployments", body)).status).toBe(422);
    },
  );

  it("may not be too large", async () => {
    const large = JSON.stringify({ uri: "x".repeat(2000) });
    const { status, text } = await call("POST /deployments", large);
    expect(status).toBe(413);
    expect(JSON.parse(text).message).toContain("1000 bytes");
  });
});

describe("a query", () => {
  it.each(["status=odd", "limit=0", "limit=x", "limit=1001", "after=inv_x"])(
    "may be refused: %s",
    async (query) => {
      const { status, text, mediaType } = await call(`GET /invocations?${query}`);
      expect([status, mediaType]).toEqual([400, "text/plain"]);
      expect(text).toContain(`Failed to deserialize query string: ${query.split("=")[0]}`);
    },
  );
});

describe("a server", () => {
  it("says what it is", async () => {
    expect(JSON.parse((await call("GET /version")).text)).toEqual({
      version: "1.2.3",
      min_admin_api_version: 2,
      max_admin_api_version: 4,
      ingress_endpoint: "http://127.0.0.1:8080",
      features: expect.objectContaining({ protocol_v7: true, vqueues: true }),
    });
    expect(JSON.parse((await call("GET /cluster-health")).text)).toEqual({
      cluster_name: "here",
      metadata_cluster_health: { members: [1] },
    });
  });

  it("is healthy when it is ready", async () => {
    expect(await call("GET /health")).toMatchObject({ status: 200, text: "" });
    ready = false;
    const { status, text } = await call("GET /health");
    ready = true;
    expect(status).toBe(503);
    expect(JSON.parse(text).message).toContain("not ready");
  });

  it("keeps its own faults to its log", async () => {
    const { status, text } = await call("GET /invocations");
    expect(status).toBe(500);
    expect(text).not.toContain("something broke");
    expect(logged).toEqual(["error GET /invocations failed"]);
  });

  it("asks for another try while a partition is opened", async () => {
    listError = new StoreError("UNAVAILABLE", "partition 0 is being opened");
    const { status, text, headers } = await call("GET /invocations");
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(JSON.parse(text).message).toBe("partition 0 is being opened");
  });

  it("says where its data is damaged", async () => {
    listError = new StoreError("DATA_CORRUPTION", "journal segment 3 of inv_1 is damaged");
    const { status, text } = await call("GET /invocations");
    expect([status, JSON.parse(text)]).toEqual([
      500,
      {
        message: "[RT0006] journal segment 3 of inv_1 is damaged",
        restate_code: "RT0006",
      },
    ]);
    expect(logged).toEqual(["error GET /invocations failed"]);
  });

  it("asks for another try when it cannot say what has come of an operation", async () => {
    const id = "inv_13jFkeeDCdPu6VqIAeohS5vD2lkfAGNNSD";
    const operate = () => Promise.reject(new UnavailableError("the partition was reopened"));
    const broken = createAdminApp(
      { ...ports, operations: { ...ports.operations, operate } },
      {
        adminBodyBytesMax: 1000,
        adminRequestsMax: 2,
        adminStateBodyBytesMax: 2000,
        adminJournalBytesMax: 1000,
        requestBytesMax: 1000,
        eagerStateBytesMax: 1000,
      },
    );
    for (const [method, path] of [
      ["PATCH", `/invocations/${id}/kill`],
      ["DELETE", `/invocations/${id}`],
    ] as const) {
      const response = await broken.request(path, { method });
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    }
    const many = await broken.request("/internal/invocations_batch_operations/kill", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ invocation_ids: [id] }),
    });
    expect(await many.json()).toEqual({
      succeeded: [],
      failed: [{ invocation_id: id, error: `invocation ${id}: the partition was reopened` }],
    });
  });

  it("says which invocation is not there", async () => {
    const id = "inv_13jFkeeDCdPu6VqIAeohS5vD2lkfAGNNSD";
    const { status, text } = await call(`GET /invocations/${id}`);
    expect([status, JSON.parse(text).message]).toEqual([404, `there is no invocation ${id}`]);
    const malformed = await call("GET /invocations/inv_1");
    expect([malformed.status, malformed.text]).toEqual([
      400,
      "Invalid URL: Cannot parse `invocation` with value `inv_1`: bad length",
    ]);
  });
});
