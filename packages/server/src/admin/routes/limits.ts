/** `/limits/rules`: the rules of flow control. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiContext } from "../api-context.ts";
import { jsonBody } from "../request-body.ts";
import { ERROR_RESPONSES, jsonRequest, jsonResponse } from "../schemas/common.ts";
import {
  RuleChangesSchema,
  RuleRemovalsSchema,
  RuleSchema,
  toRule,
  toRuleChange,
} from "../schemas/limits.ts";

const tags = ["limits"];

const list = createRoute({
  method: "get",
  path: "/limits/rules",
  tags,
  summary: "List the rules",
  operationId: "list_rules",
  responses: {
    200: jsonResponse("All of them.", z.object({ rules: z.array(RuleSchema) })),
    ...ERROR_RESPONSES,
  },
});

/** With bodies up to `bytesMax`, as the next one. */
function put(bytesMax: number) {
  return createRoute({
    method: "put",
    path: "/limits/rules",
    tags,
    summary: "Create and replace rules",
    description: "All of them or, when a precondition does not hold, none. Others stay.",
    operationId: "upsert_rules",
    middleware: jsonBody(bytesMax),
    request: { body: jsonRequest(RuleChangesSchema) },
    responses: {
      200: jsonResponse("The rules of the request as they are now.", z.array(RuleSchema)),
      ...ERROR_RESPONSES,
    },
  });
}

function remove(bytesMax: number) {
  return createRoute({
    method: "post",
    path: "/limits/rules/bulk-delete",
    tags,
    summary: "Delete rules",
    description: "All of them or, when a version is not the expected one, none.",
    operationId: "delete_rules",
    middleware: jsonBody(bytesMax),
    request: { body: jsonRequest(RuleRemovalsSchema) },
    responses: {
      200: jsonResponse("The patterns that had a rule.", z.array(z.string())),
      ...ERROR_RESPONSES,
    },
  });
}

export function addLimitRoutes(api: OpenAPIHono, { ports, limits }: ApiContext): void {
  api.openapi(list, (c) => c.json({ rules: ports.registry().rules.all.map(toRule) }, 200));

  api.openapi(put(limits.adminBodyBytesMax), async (c) => {
    const rules = await ports.settings.putRules(c.req.valid("json").map(toRuleChange));
    return c.json(rules.map(toRule), 200);
  });

  api.openapi(remove(limits.adminBodyBytesMax), async (c) => {
    const removals = c.req.valid("json").map(({ pattern, expected_version }) => ({
      pattern,
      expectedVersion: expected_version ?? undefined,
    }));
    return c.json([...(await ports.settings.removeRules(removals))], 200);
  });
}
