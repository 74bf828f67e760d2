/** `POST /services/{service}/state`: replaces the state of an object. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { StateEntry } from "@rejoin/protocol";
import { problemOfComponent } from "../../registry/rules/rule-pattern.ts";
import type { RegistrySnapshot } from "../../registry/snapshot.ts";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { jsonBody } from "../request-body.ts";
import { ERROR_RESPONSES, jsonRequest } from "../schemas/common.ts";
import { StateChangeSchema } from "../schemas/operations.ts";

/** With bodies up to `bytesMax`. */
function change(bytesMax: number) {
  return createRoute({
    method: "post",
    path: "/services/{service}/state",
    tags: ["service"],
    summary: "Replace the state of an object",
    description:
      "All of it, at once or, while an exclusive handler has the object, when it is its turn.",
    operationId: "modify_service_state",
    middleware: jsonBody(bytesMax),
    request: {
      params: z.object({ service: z.string() }),
      body: jsonRequest(StateChangeSchema),
    },
    responses: { 202: { description: "It is accepted." }, ...ERROR_RESPONSES },
  });
}

export function addStateRoute(api: OpenAPIHono, { ports, limits }: ApiContext): void {
  api.openapi(change(limits.adminStateBodyBytesMax), async (c) => {
    const { service } = c.req.valid("param");
    const { object_key: key, new_state, version, scope } = c.req.valid("json");
    const entries = toEntries(new_state);
    checkService(ports.registry(), service, entries.length === 0);
    checkScope(scope ?? "");
    const instance = { service, scope: scope ?? "", key };
    const mutation = { entries, version: version ?? undefined };
    const result = await ports.operations.mutateState(instance, mutation);
    if (result.kind !== "refused") return c.body(null, 202);
    const name = `${service}/${key}`;
    throw new ApiError(409, `object ${name} is left as it is: ${result.message}`);
  });
}

/** Old state of a service that is gone can be cleared. */
function checkService(snapshot: RegistrySnapshot, service: string, isCleared: boolean): void {
  const view = snapshot.latest(service);
  if (view?.kind === "service") {
    throw new ApiError(400, `service ${service} has no state: it is no virtual object or workflow`);
  }
  if (view !== undefined || isCleared) return;
  throw new ApiError(404, `there is no service ${service}; see GET /services`);
}

function checkScope(scope: string): void {
  const problem = scope === "" ? undefined : problemOfComponent(scope);
  if (problem === undefined && scope !== "*") return;
  throw new ApiError(400, `${JSON.stringify(scope)} is no scope: ${problem ?? "it is a wildcard"}`);
}

/** In the order of their names' bytes. */
function toEntries(state: ReadonlyMap<string, Uint8Array>): readonly StateEntry[] {
  const encoder = new TextEncoder();
  return [...state]
    .map(([key, value]) => ({ key: encoder.encode(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
}
