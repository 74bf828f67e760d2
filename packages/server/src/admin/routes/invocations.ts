/** `/invocations`: lists, and one invocation with its journal. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { parseInvocationId } from "@rejoin/protocol";
import { type ApiContext, viewOf } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import type { ListCursor } from "../introspection-port.ts";
import { formatCursor, isCursor, parseCursor } from "../resources/cursor.ts";
import { toFilter } from "../resources/filter.ts";
import { toDetailedInvocation, toInvocation } from "../resources/invocation.ts";
import { ERROR_RESPONSES, FlagSchema, jsonResponse } from "../schemas/common.ts";
import { CursorSchema, InvocationIdSchema } from "../schemas/ids.ts";
import { filterQuery, InvocationPageSchema, integer } from "../schemas/introspection.ts";
import { DetailedInvocationSchema } from "../schemas/invocation.ts";

const tags = ["invocation"];
const LIST_LIMIT_MAX = 1000;
const LIST_LIMIT = 100;
const JOURNAL_LIMIT_MAX = 1000;
const MAX_INDEX = 0xffff_ffff;

const list = createRoute({
  method: "get",
  path: "/invocations",
  tags,
  summary: "List invocations",
  description:
    "The newest first. A page may hold fewer than the limit, and even none, and yet have a next.",
  operationId: "list_invocations",
  request: {
    query: z.object({
      ...filterQuery,
      order: z.enum(["newest", "oldest"]).default("newest"),
      limit: integer(1, LIST_LIMIT_MAX, LIST_LIMIT),
      after: CursorSchema.optional(),
      total: FlagSchema.optional().openapi({ description: "Count all that fit." }),
    }),
  },
  responses: {
    200: jsonResponse("A page.", InvocationPageSchema),
    ...ERROR_RESPONSES,
  },
});

const get = createRoute({
  method: "get",
  path: "/invocations/{invocation}",
  tags,
  summary: "Show an invocation",
  description: "With a page of its journal, its last failure and what it awaits.",
  operationId: "get_invocation",
  request: {
    params: z.object({ invocation: InvocationIdSchema }),
    query: z.object({
      journal_from: integer(0, MAX_INDEX, 0),
      journal_limit: integer(0, JOURNAL_LIMIT_MAX, JOURNAL_LIMIT_MAX),
    }),
  },
  responses: {
    200: jsonResponse("The invocation.", DetailedInvocationSchema),
    ...ERROR_RESPONSES,
  },
});

export function addInvocationRoutes(api: OpenAPIHono, context: ApiContext): void {
  const { ports } = context;

  api.openapi(list, async (c) => {
    const { order, limit, after, total = false, ...query } = c.req.valid("query");
    const view = viewOf(context);
    const page = await ports.invocations.list({
      filter: toFilter(query, context.readId),
      order,
      limit,
      after: after === undefined ? undefined : readCursor(after),
      total,
    });
    const invocations = page.invocations.map((invocation) => toInvocation(invocation, view));
    const next = page.next === undefined ? {} : { next: writeCursor(page.next) };
    const counted =
      page.total === undefined ? {} : { total: page.total, complete: page.isComplete };
    return c.json({ invocations, ...next, ...counted }, 200);
  });

  api.openapi(get, async (c) => {
    const { invocation: id } = c.req.valid("param");
    const { journal_from: from, journal_limit: limit } = c.req.valid("query");
    const detail = await ports.invocations.read(parseInvocationId(id), { from, limit });
    if (detail === undefined) throw new ApiError(404, `there is no invocation ${id}`);
    return c.json(toDetailedInvocation(detail, viewOf(context)), 200);
  });
}

/** A place is named by an id, and better by when it was made as well. */
function readCursor(text: string): ListCursor {
  if (!isCursor(text)) return { createdAt: undefined, id: text };
  const [createdAt, id] = parseCursor(text, ["number", "string"]);
  return { createdAt: Number(createdAt), id: String(id) };
}

function writeCursor({ createdAt, id }: ListCursor): string {
  return createdAt === undefined ? id : formatCursor([createdAt, id]);
}
