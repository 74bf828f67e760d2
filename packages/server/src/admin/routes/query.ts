/** `POST /query`: SQL over invocations, journals and state. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import type { SqlResult } from "../introspection-port.ts";
import { jsonBody } from "../request-body.ts";
import { ERROR_RESPONSES, jsonRequest, jsonResponse } from "../schemas/common.ts";
import { QueryRowsSchema, QuerySchema } from "../schemas/introspection.ts";

const ARROW = "application/vnd.apache.arrow.stream";

function query(bytesMax: number) {
  return createRoute({
    method: "post",
    path: "/query",
    tags: ["introspection"],
    summary: "Ask in SQL",
    description:
      "One SELECT. With `accept: application/json` the rows come as JSON, else as an Arrow stream. " +
      "`x-rejoin-truncated: true` says that there are more rows than an answer may hold.",
    operationId: "query",
    middleware: jsonBody(bytesMax),
    request: { body: jsonRequest(QuerySchema) },
    responses: {
      200: {
        description: "The rows.",
        content: { "application/json": { schema: QueryRowsSchema }, [ARROW]: {} },
      },
      429: jsonResponse(
        "Too many statements at one time.",
        ERROR_RESPONSES[503].content["application/json"].schema,
      ),
      ...ERROR_RESPONSES,
    },
  });
}

export function addQueryRoute(api: OpenAPIHono, { ports, limits }: ApiContext): void {
  api.openapi(query(limits.adminBodyBytesMax), async (c) => {
    const { query: statement } = c.req.valid("json");
    const isJson = c.req.header("accept") === "application/json";
    const format = isJson ? "json" : "arrow";
    const result = await ports.invocations.query({ kind: "sql", statement, format });
    if (result.kind === "refused") return refuse(result);
    return new Response(result.body, {
      headers: {
        "content-type": isJson ? "application/json" : ARROW,
        ...(result.isTruncated ? { "x-rejoin-truncated": "true" } : {}),
      },
    });
  });
}

const STATUSES = { statement: 400, busy: 429, failed: 500, absent: 503, unavailable: 503 } as const;
/** What is refused now may be answered in a moment. */
const PASSING: readonly string[] = ["busy", "unavailable"];

function refuse({ why, message }: Extract<SqlResult, { readonly kind: "refused" }>): Response {
  const text = why === "absent" ? `there is no SQL on this server: ${message}` : message;
  if (!PASSING.includes(why)) throw new ApiError(STATUSES[why], text);
  return Response.json(
    { message: text, restate_code: null },
    { status: STATUSES[why], headers: { "retry-after": "1" } },
  );
}
