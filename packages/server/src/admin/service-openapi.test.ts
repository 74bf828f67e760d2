/** `/services/{name}/openapi`: OpenAPI 3.1 from what handlers announce. */
import type { ServiceManifest } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { answerWith, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import { toComponentSchema } from "./service-document/component-schema.ts";
import { startServer } from "./testing/running-server.ts";

const orderSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Order",
  type: "object",
  properties: { item: { $ref: "#/$defs/Item" }, parent: { $ref: "#" } },
  $defs: { Item: { type: "string" } },
};

const services: readonly ServiceManifest[] = [
  {
    name: "Shop",
    ty: "SERVICE",
    documentation: "Sells things.",
    handlers: [
      {
        name: "order",
        documentation: "Orders a thing.",
        input: { required: true, contentType: "application/json", jsonSchema: orderSchema },
        output: { contentType: "application/json", jsonSchema: { type: "string" } },
      },
      { name: "picture", input: { contentType: "image/*" }, output: {} },
      { name: "ping", input: {} },
      { name: "orderSend" },
      { name: "hidden", ingressPrivate: true },
    ],
  },
  {
    name: "Cart",
    ty: "VIRTUAL_OBJECT",
    handlers: [{ name: "add" }, { name: "get", ty: "SHARED" }],
  },
  { name: "Signup", ty: "WORKFLOW", handlers: [{ name: "run", ty: "WORKFLOW" }, { name: "look" }] },
];

async function start() {
  const server = await startServer();
  const endpoint = await serveHttp2(() => answerWith(manifestOf(services)));
  await server.call("POST /deployments", { uri: endpoint.url });
  const documentOf = async (service: string) =>
    (await server.call(`GET /services/${service}/openapi`)).json;
  return { ...server, documentOf };
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

describe("a service's document", () => {
  it("says what it is", async () => {
    const { documentOf, ingressUrl } = await start();
    expect(await documentOf("Shop")).toMatchObject({
      openapi: "3.1.0",
      info: { title: "Shop", version: "1", description: "Sells things." },
      servers: [{ url: ingressUrl }],
    });
    expect(await documentOf("Cart")).not.toHaveProperty("info.description");
  });

  it("describes calls with their schemas", async () => {
    const { paths, components } = await (await start()).documentOf("Shop");
    expect(paths["/restate/call/Shop/order"].post).toEqual({
      operationId: "order",
      tags: ["Request Response"],
      summary: "order",
      description: "Orders a thing.",
      parameters: [ref("parameters", "idempotencyKeyHeader")],
      requestBody: {
        required: true,
        content: { "application/json": { schema: ref("schemas", "orderRequest") } },
      },
      responses: {
        200: {
          description: "Its result.",
          content: { "application/json": { schema: ref("schemas", "orderResponse") } },
        },
        default: ref("responses", "GenericError"),
      },
    });
    expect(components.schemas.orderResponse).toEqual({ type: "string" });
    expect(components.schemas.orderRequest.properties).toEqual({
      item: ref("schemas", "orderRequest/$defs/Item"),
      parent: ref("schemas", "orderRequest"),
    });
    const picture = paths["/restate/call/Shop/picture"].post;
    expect(picture.requestBody).toEqual({ required: false, content: { "image/*": {} } });
    expect(picture.responses[200]).not.toHaveProperty("content");
    expect(paths["/restate/call/Shop/ping"].post).not.toHaveProperty("requestBody");
    expect(JSON.stringify(paths)).not.toContain("hidden");
  });

  it("describes sends, and the ways to a result", async () => {
    const { paths } = await (await start()).documentOf("Shop");
    expect(paths["/restate/send/Shop/order"].post).toMatchObject({
      parameters: [ref("parameters", "idempotencyKeyHeader"), ref("parameters", "delay")],
      responses: { 202: ref("responses", "Send") },
    });
    const result = "/restate/invocation/Shop/order/{idempotencyKey}";
    const parameters = [ref("parameters", "idempotencyKeyPath")];
    expect(paths[`${result}/attach`].get).toMatchObject({ operationId: "orderAttach", parameters });
    expect(paths[`${result}/output`].get).toMatchObject({
      operationId: "orderOutput",
      parameters,
      responses: { 470: ref("responses", "InvocationNotReadyError") },
    });
  });

  it("has keys where the service has", async () => {
    const { documentOf } = await start();
    const cart = (await documentOf("Cart")).paths;
    expect(cart["/restate/call/Cart/{key}/add"].post.parameters).toEqual([
      ref("parameters", "key"),
      ref("parameters", "idempotencyKeyHeader"),
    ]);
    expect(cart).toHaveProperty([
      "/restate/invocation/Cart/{key}/get/{idempotencyKey}/attach",
      "get",
    ]);
    const signup = (await documentOf("Signup")).paths;
    expect(Object.keys(signup)).toEqual(
      expect.arrayContaining([
        "/restate/call/Signup/{key}/run",
        "/restate/send/Signup/{key}/run",
        "/restate/workflow/Signup/{key}/attach",
        "/restate/workflow/Signup/{key}/output",
        "/restate/call/Signup/{key}/look",
      ]),
    );
    const run = signup["/restate/call/Signup/{key}/run"].post;
    expect(run.parameters).toEqual([ref("parameters", "key")]);
  });

  it("follows what an operator sets", async () => {
    const { call, documentOf } = await start();
    await call("PATCH /services/Cart", { public: false });
    expect((await documentOf("Cart")).paths).toEqual({});
  });

  it.each(services.map(({ name }) => name))("of %s is sound", async (name) => {
    const document = await (await start()).documentOf(name);
    expect(problemsOf(document)).toEqual([]);
  });

  it("is not there for what is not a service", async () => {
    const { call } = await start();
    expect((await call("GET /services/nothing/openapi")).status).toBe(404);
  });
});

describe("a schema as a component", () => {
  it("keeps what only looks like a reference", () => {
    const schema = {
      properties: { $ref: { type: "string" }, const: { $ref: "#/a" } },
      enum: [{ $ref: "#/a" }],
      default: { $ref: "#" },
      $ref: "https://example.org/schema#/a",
      items: [{ $ref: "#name" }, true],
      not: { $id: "urn:own", items: { $ref: "#/a" } },
    };
    expect(toComponentSchema("x", schema)).toEqual({
      ...schema,
      properties: { $ref: { type: "string" }, const: { $ref: "#/components/schemas/x/a" } },
    });
    expect(toComponentSchema("x", true)).toBe(true);
  });
});

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly $ref: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What a validator would complain about. */
function problemsOf(document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const [path, byMethod] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { operationId, parameters, responses } of Object.values(byMethod)) {
      if (ids.has(operationId)) problems.push(`${operationId} is there twice`);
      ids.add(operationId);
      if (Object.keys(responses).length === 0) problems.push(`${operationId} has no response`);
      const given = parameters.map(({ $ref }) => resolve(document, $ref) as Parameter | undefined);
      for (const name of named) {
        const isGiven = given.some((one) => one?.in === "path" && one.name === name);
        if (!isGiven) problems.push(`${path} does not say what ${name} is`);
      }
      for (const one of given) {
        if (one?.in !== "path" || named.includes(one.name)) continue;
        problems.push(`${path} has no ${one.name}`);
      }
    }
  }
  for (const [, reference = ""] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    if (resolve(document, reference) === undefined) problems.push(`${reference} leads nowhere`);
  }
  return problems;
}

function resolve(document: object, reference: string): unknown {
  let at: unknown = document;
  for (const part of reference.slice(2).split("/")) {
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[part];
  }
  return at;
}
