/** The admin API: its routes under each version prefix, and what it answers to everything else. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { RegistryError } from "../registry/registry-error.ts";
import { API_VERSION_DEFAULT, API_VERSIONS, type ApiVersion } from "./api-context.ts";
import { ApiError, toErrorBody } from "./api-error.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addServerRoutes } from "./routes/server.ts";
import { addServiceRoutes } from "./routes/services.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Answers requests to any path below the root. */
export function createAdminApp(ports: AdminPorts, limits: AdminLimits): Hono {
  const app = new Hono();
  for (const version of API_VERSIONS) {
    app.route(`/v${version}`, createApi(version, ports, limits));
  }
  app.route("/", createApi(API_VERSION_DEFAULT, ports, limits));
  app.all("/v1/*", (c) => c.text(UNSUPPORTED_VERSION, 400));
  app.notFound((c) => answerUnknown(app, c));
  app.onError(answerError);
  return app;
}

const UNSUPPORTED_VERSION = `version 1 of the admin API is not spoken any more; use ${API_VERSIONS.map(
  (version) => `/v${version}`,
).join(", ")} or no prefix`;

function createApi(version: ApiVersion, ports: AdminPorts, limits: AdminLimits): OpenAPIHono {
  const api = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const text = result.error.issues.map(describeIssue).join("; ");
      return c.text(text, result.target === "json" ? 422 : 400);
    },
  });
  const context = { ports, limits, version };
  addServerRoutes(api, context);
  addDeploymentRoutes(api, context);
  addServiceRoutes(api, context);
  return api;
}

function describeIssue(issue: { readonly message: string; readonly path: PropertyKey[] }): string {
  const path = issue.path.join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

function answerError(error: Error, c: Context): Response {
  if (error instanceof ApiError || error instanceof RegistryError) {
    return c.json(toErrorBody(error.message, error.code), error.status);
  }
  if (error instanceof HTTPException) return c.text(error.message, error.status);
  return c.json(toErrorBody("the server failed to answer; its log says why", undefined), 500);
}

function answerUnknown(app: Hono, c: Context): Response {
  const { path } = c.req;
  const allowed = METHODS.filter((method) => app.router.match(method, path)[0].length > 0);
  if (allowed.length === 0) {
    const text = `there is nothing at ${path}; see GET /openapi`;
    return c.json(toErrorBody(text, undefined), 404);
  }
  const allow = allowed.join(", ");
  const text = `${c.req.method} is not possible at ${path}, only ${allow}`;
  return c.json(toErrorBody(text, undefined), 405, { allow });
}
