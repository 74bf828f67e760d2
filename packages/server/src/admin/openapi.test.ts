/** The document at `/openapi` describes every route, and every reference in it leads somewhere. */
import { expect, it } from "vitest";
import { EMPTY_DOCUMENT } from "../registry/document.ts";
import { createSnapshot, SERVER_DEFAULTS } from "../registry/snapshot.ts";
import { createAdminApp } from "./app.ts";
import { NO_INTROSPECTION } from "./testing/introspection-stub.ts";

const refused = () => Promise.reject(new Error("not asked for"));
const app = createAdminApp(
  {
    info: {
      version: "1.2.3",
      ingressUrl: "http://127.0.0.1:8080",
      clusterName: "here",
      features: { protocol_v7: true },
    },
    isReady: () => true,
    now: () => 0,
    log: () => undefined,
    registry: () => createSnapshot(EMPTY_DOCUMENT, 1, SERVER_DEFAULTS),
    deployments: { register: refused, update: refused, remove: refused },
    settings: { changeService: refused, putRules: refused, removeRules: refused },
    invocations: NO_INTROSPECTION,
    operations: { operate: refused, mutateState: refused },
    conversions: { convert: refused },
  },
  {
    adminBodyBytesMax: 1000,
    adminRequestsMax: 10,
    adminStateBodyBytesMax: 2000,
    adminJournalBytesMax: 1000,
    requestBytesMax: 1000,
    eagerStateBytesMax: 1000,
  },
);

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

async function documentAt(path: string): Promise<Document> {
  const response = await app.request(path);
  expect(response.status).toBe(200);
  return (await response.json()) as Document;
}

/** `get /services/{service}` for every route of the app below `prefix`. */
function routesBelow(prefix: string): string[] {
  const routes = app.routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith(`${prefix}/`))
    .filter(({ path }) => prefix !== "" || !/^\/v\d\//.test(path))
    .map(({ method, path }) => {
      const pattern = path.slice(prefix.length).replaceAll(/:(\w+)/g, "{$1}");
      return `${method.toLowerCase()} ${pattern}`;
    });
  return [...new Set(routes)].sort();
}

it.each(["", "/v2", "/v3", "/v4"])("describes every route below %j", async (prefix) => {
  const { paths, info, openapi } = await documentAt(`${prefix}/openapi`);
  expect({ openapi, ...info }).toMatchObject({
    openapi: "3.1.0",
    title: "Rejoin admin API",
    version: "1.2.3",
  });
  const described = Object.entries(paths)
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`))
    .sort();
  expect(described).toEqual(routesBelow(prefix));
  expect(described).toContain("patch /deployments/{deployment}");
  expect(described.includes("put /deployments/{deployment}")).toBe(prefix === "/v2");
});

it("has unique operation ids, summaries and answers", async () => {
  const { paths } = await documentAt("/openapi");
  const operations = Object.values(paths).flatMap((byMethod) => Object.values(byMethod));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of operations) {
    expect(operation.summary).not.toBe("");
    expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
  }
});

it("refers to what it defines", async () => {
  const document = await documentAt("/openapi");
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
  ];
  expect(references.length).toBeGreaterThan(10);
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name ?? "");
  expect(document.components.schemas).toMatchObject({
    Error: { required: ["message", "restate_code"] },
    RegisterDeployment: { properties: { uri: { type: "string" } } },
  });
});
