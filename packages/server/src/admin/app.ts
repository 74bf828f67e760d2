/** The admin API: its routes under each version prefix, and what it answers to everything else. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { StoreError } from "@rejoin/engine";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { RegistryError } from "../registry/registry-error.ts";
import { API_VERSIONS, ApiContext, type ApiVersion } from "./api-context.ts";
import { ApiError, toErrorBody } from "./api-error.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addDocumentRoute } from "./routes/document.ts";
import { addInvocationRoutes } from "./routes/invocations.ts";
import { addServerRoutes } from "./routes/server.ts";
import { addServiceRoutes } from "./routes/services.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const PREFIXES = API_VERSIONS.map((version) => `/v${version}`);
const UNSUPPORTED_VERSION = `version 1 of the admin API is not spoken any more; use ${PREFIXES.join(", ")} or no prefix`;

/** Answers requests to any path below the root. */
export function createAdminApp(ports: AdminPorts, limits: AdminLimits): Hono {
  const app = new Hono();
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
  addInvocationRoutes(api, context);
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
  if (error instanceof StoreError && error.code !== "DATA_CORRUPTION") {
    return c.json(toErrorBody(error.message, undefined), 503, { "retry-after": "1" });
  }
  log("error", `${c.req.method} ${c.req.path} failed`, { error, version: info.version });
  return c.json(toErrorBody("the server failed; its log says why", undefined), 500);
}

function answerUnknown(app: Hono, c: Context): Response {
  const { path, method } = c.req;
  const allowed = METHODS.filter((candidate) => app.router.match(candidate, path)[0].length > 0);
  if (allowed.length === 0) {
    return c.json(toErrorBody(`there is nothing at ${path}; see GET /openapi`, undefined), 404);
  }
  const allow = allowed.join(", ");
  const text = `${method} is not possible at ${path}, only ${allow}`;
  return c.json(toErrorBody(text, undefined), 405, { allow });
}
