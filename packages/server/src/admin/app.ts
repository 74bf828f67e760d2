/** The admin API: its routes under each version prefix, and what it answers to everything else. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { StoreError } from "@rejoin/engine";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { HTTPException } from "hono/http-exception";
import { UnavailableError } from "../operations/operations.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { API_VERSIONS, ApiContext, type ApiVersion } from "./api-context.ts";
import { ApiError, toErrorBody } from "./api-error.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";
import { limitRequests } from "./request-limit.ts";
import { addBatchRoutes } from "./routes/batch-operations.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addDocumentRoute } from "./routes/document.ts";
import { addSummaryRoutes } from "./routes/introspection.ts";
import { addInvocationRoutes } from "./routes/invocations.ts";
import { addJournalRoutes } from "./routes/journal.ts";
import { addKafkaRoutes } from "./routes/kafka.ts";
import { addLimitRoutes } from "./routes/limits.ts";
import { addMetricsRoute } from "./routes/metrics.ts";
import { addObjectRoutes } from "./routes/objects.ts";
import { addOperationRoutes } from "./routes/operations.ts";
import { addQueryRoute } from "./routes/query.ts";
import { addQueueRoutes } from "./routes/queues.ts";
import { addSerdeRoutes } from "./routes/serdes.ts";
import { addServerRoutes } from "./routes/server.ts";
import { addServiceRoutes } from "./routes/services.ts";
import { addStateRoute } from "./routes/state.ts";
import { addUiRoutes } from "./ui-routes.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const PREFIXES = API_VERSIONS.map((version) => `/v${version}`);
const UNSUPPORTED_VERSION = `version 1 of the admin API is not spoken any more; use ${PREFIXES.join(", ")} or no prefix`;

/** Answers requests to any path below the root. */
export function createAdminApp(ports: AdminPorts, limits: AdminLimits): Hono {
  const app = new Hono();
  addMetricsRoute(app, ports);
  app.use(compress(), limitRequests(limits.adminRequestsMax));
  addUiRoutes(app, ports);
  const create = (version?: ApiVersion) => createApi(new ApiContext(ports, limits, version));
  for (const version of API_VERSIONS) app.route(`/v${version}`, create(version));
  app.route("/", create());
  app.all("/v1/*", (c) => c.text(UNSUPPORTED_VERSION, 400));
  app.notFound((c) => answerUnknown(app, c));
  app.onError((error, c) => answerError(ports, error, c));
  return app;
}

function createApi(context: ApiContext): OpenAPIHono {
  const api = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const text = result.error.issues.map(describeIssue).join("; ");
      switch (result.target) {
        case "param":
          return c.text(`Invalid URL: ${result.error.issues[0]?.message}`, 400);
        case "query":
          return c.text(`Failed to deserialize query string: ${text}`, 400);
        default:
          return c.text(`Failed to deserialize the JSON body into the target type: ${text}`, 422);
      }
    },
  });
  addServerRoutes(api, context);
  addDeploymentRoutes(api, context);
  addServiceRoutes(api, context);
  addStateRoute(api, context);
  addObjectRoutes(api, context);
  addSummaryRoutes(api, context);
  addInvocationRoutes(api, context);
  addJournalRoutes(api, context);
  addOperationRoutes(api, context);
  addBatchRoutes(api, context);
  addLimitRoutes(api, context);
  addSerdeRoutes(api, context);
  addQueueRoutes(api);
  addKafkaRoutes(api);
  addQueryRoute(api, context);
  addDocumentRoute(api, context);
  return api;
}

function describeIssue(issue: { readonly message: string; readonly path: PropertyKey[] }): string {
  const path = issue.path.join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

function answerError({ log, info }: AdminPorts, error: Error, c: Context): Response {
  if (error instanceof ApiError || error instanceof RegistryError) {
    return c.json(toErrorBody(error.message, error.code), error.status);
  }
  if (error instanceof HTTPException) return c.text(error.message, error.status);
  const isDamage = error instanceof StoreError && error.code === "DATA_CORRUPTION";
  if (error instanceof UnavailableError || (error instanceof StoreError && !isDamage)) {
    return c.json(toErrorBody(error.message, undefined), 503, { "retry-after": "1" });
  }
  log("error", `${c.req.method} ${c.req.path} failed`, { error, version: info.version });
  if (isDamage) return c.json(toErrorBody(error.message, "RT0006"), 500);
  return c.json(toErrorBody("the server failed; its log says why", undefined), 500);
}

/** Without a body, as the tools of the ecosystem expect it. */
function answerUnknown(app: Hono, c: Context): Response {
  const { path, method } = c.req;
  const allowed = METHODS.filter((candidate) => isServed(app, candidate, path));
  if (allowed.length === 0) return c.body(null, 404);
  const headers = { allow: allowed.join(", ") };
  if (method !== "PUT" || !DEPLOYMENT.test(path)) return c.body(null, 405, headers);
  const text = "a deployment is replaced with PATCH and overwrite; only /v2 has PUT";
  return c.json(toErrorBody(text, undefined), 405, headers);
}

const DEPLOYMENT = /^(\/v\d)?\/deployments\/[^/]+$/;

/** By more than what all paths have in common. */
function isServed(app: Hono, method: string, path: string): boolean {
  const [found] = app.router.match(method, path);
  return found.some(([[, route]]) => route.method !== "ALL");
}
