/** `/vqueues`: this server has no virtual queues, so none of them can be paused. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { ApiError } from "../api-error.ts";
import { ErrorSchema, jsonResponse } from "../schemas/common.ts";

const NOT_SUPPORTED =
  "this server has no virtual queues: what waits for a concurrency limit waits with the invocations " +
  "themselves, which can be paused and resumed one by one or in batches; limits are set below " +
  "/limits/rules";

const VERBS = { pause: "Pause", resume: "Resume" } as const;

export function addQueueRoutes(api: OpenAPIHono): void {
  for (const verb of ["pause", "resume"] as const) {
    const route = createRoute({
      method: "post",
      path: `/vqueues/{id}/${verb}`,
      tags: ["limits"],
      summary: `${VERBS[verb]} a virtual queue`,
      operationId: `${verb}_vqueue`,
      request: { params: z.object({ id: z.string() }) },
      responses: { 501: jsonResponse("It is not supported.", ErrorSchema) },
    });
    api.openapi(route, () => {
      throw new ApiError(501, NOT_SUPPORTED);
    });
  }
}
