/** `/openapi`: the description of the API, made from its routes. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "../api-context.ts";

export function addDocumentRoute(api: OpenAPIHono, { ports }: ApiContext): void {
  api.openAPIRegistry.registerPath({
    method: "get",
    path: "/openapi",
    tags: ["server"],
    summary: "This document",
    operationId: "openapi",
    responses: { 200: { description: "OpenAPI 3.1." } },
  });
  api.get("/openapi", (c) =>
    c.json(
      api.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Rejoin admin API",
          version: ports.info.version,
          description: "Manages the deployments, services and invocations of a Rejoin server.",
        },
      }),
    ),
  );
}
