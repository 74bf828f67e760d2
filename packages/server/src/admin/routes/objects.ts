/** `/services/{service}/objects`: what is stored of the objects of a service. */
import { Buffer } from "node:buffer";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { parseCursor } from "../resources/cursor.ts";
import { toObjectState, toObjects } from "../resources/introspection.ts";
import { ERROR_RESPONSES, jsonResponse } from "../schemas/common.ts";
import { integer, ObjectPageSchema, ObjectStateSchema } from "../schemas/introspection.ts";

const tags = ["service"];
const LIMIT_MAX = 1000;
const LIMIT = 100;
const VALUE_BYTES_MAX = 32 * 1024 * 1024;
const VALUE_BYTES = 64 * 1024;

const list = createRoute({
  method: "get",
  path: "/services/{service}/objects",
  tags,
  summary: "List the objects of a service",
  description:
    "Those that have state, or are held, or waited for, by the bytes of their keys. A page may " +
    "hold fewer than the limit, and yet have a next.",
  operationId: "list_objects",
  request: {
    params: z.object({ service: z.string() }),
    query: z.object({
      prefix: z.string().optional().openapi({ description: "How their keys begin." }),
      scope: z.string().optional(),
      limit: integer(1, LIMIT_MAX, LIMIT),
      after: z.string().optional(),
    }),
  },
  responses: { 200: jsonResponse("A page.", ObjectPageSchema), ...ERROR_RESPONSES },
});

const StateQuerySchema = z.object({
  scope: z.string().optional(),
  state_key: z.string().optional().openapi({ description: "The one value of this name." }),
  value_bytes: integer(0, VALUE_BYTES_MAX, VALUE_BYTES).openapi({
    description: "At most so many bytes of each value.",
  }),
  limit: integer(1, LIMIT_MAX, LIMIT),
  after: z.string().optional(),
});

const state = createRoute({
  method: "get",
  path: "/services/{service}/objects/{key}/state",
  tags,
  summary: "Show the state of an object",
  operationId: "get_object_state",
  request: {
    params: z.object({ service: z.string(), key: z.string() }),
    query: StateQuerySchema,
  },
  responses: { 200: jsonResponse("A page.", ObjectStateSchema), ...ERROR_RESPONSES },
});

const stateOfAnyKey = createRoute({
  method: "get",
  path: "/services/{service}/state",
  tags,
  summary: "Show the state of an object, whatever its key is",
  description: "The same for keys that no path can hold: `.`, `..`, and the empty one.",
  operationId: "get_service_state",
  request: {
    params: z.object({ service: z.string() }),
    query: StateQuerySchema.extend({ object_key: z.string() }),
  },
  responses: { 200: jsonResponse("A page.", ObjectStateSchema), ...ERROR_RESPONSES },
});

export function addObjectRoutes(api: OpenAPIHono, context: ApiContext): void {
  const { ports } = context;

  api.openapi(list, async (c) => {
    const { service } = c.req.valid("param");
    const { prefix = "", scope = "", limit, after } = c.req.valid("query");
    checkHasState(context, service);
    const [last] = after === undefined ? [] : parseCursor(after, ["string"]);
    const page = await ports.invocations.listObjects({
      service,
      scope,
      prefix,
      limit,
      after: last === undefined ? undefined : String(last),
    });
    const isUnknown = page.objects.length === 0 && page.next === undefined && after === undefined;
    if (isUnknown && ports.registry().latest(service) === undefined) {
      throw new ApiError(404, `there is no service ${service}; see GET /services`);
    }
    return c.json(toObjects(page), 200);
  });

  api.openapi(state, async (c) => {
    const { service, key } = c.req.valid("param");
    return c.json(await readState(context, service, key, c.req.valid("query")), 200);
  });

  api.openapi(stateOfAnyKey, async (c) => {
    const { service } = c.req.valid("param");
    const { object_key: key, ...query } = c.req.valid("query");
    return c.json(await readState(context, service, key, query), 200);
  });
}

async function readState(
  context: ApiContext,
  service: string,
  key: string,
  query: z.output<typeof StateQuerySchema>,
): Promise<z.input<typeof ObjectStateSchema>> {
  const { scope = "", state_key, value_bytes, limit, after } = query;
  checkHasState(context, service);
  const [last] = after === undefined ? [] : parseCursor(after, ["string"]);
  const found = await context.ports.invocations.readState({
    instance: { service, scope, key },
    name: state_key === undefined ? undefined : Buffer.from(state_key),
    after: last === undefined ? undefined : Buffer.from(String(last), "base64"),
    limit,
  });
  if (state_key !== undefined && found.entries.length === 0) {
    throw new ApiError(404, `object ${service}/${key} has no state ${JSON.stringify(state_key)}`);
  }
  return toObjectState(found, value_bytes);
}

function checkHasState({ ports }: ApiContext, service: string): void {
  if (ports.registry().latest(service)?.kind !== "service") return;
  throw new ApiError(400, `service ${service} has no state: it is no virtual object or workflow`);
}
