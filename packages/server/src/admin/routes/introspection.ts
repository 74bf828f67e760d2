/** What the admin API says of many invocations at once: summaries, children, an overview. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type ApiContext, viewOf } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import type { ChildCursor } from "../introspection-port.ts";
import { parseCursor } from "../resources/cursor.ts";
import { toFilter } from "../resources/filter.ts";
import { toChildren, toOverview, toSummary } from "../resources/introspection.ts";
import { ERROR_RESPONSES, FlagSchema, jsonResponse } from "../schemas/common.ts";
import { InvocationIdSchema } from "../schemas/ids.ts";
import {
  ChildrenPageSchema,
  filterQuery,
  GROUP_BY,
  InvocationSummarySchema,
  integer,
  OverviewSchema,
  StatusesSchema,
  words,
} from "../schemas/introspection.ts";

const tags = ["invocation"];
const LIMIT_MAX = 1000;
const LIMIT = 100;

const summarize = createRoute({
  method: "get",
  path: "/invocations/summary",
  tags,
  summary: "Count invocations",
  description: "By what they have in common, the largest group first.",
  operationId: "summarize_invocations",
  request: {
    query: z.object({
      ...filterQuery,
      group_by: words(GROUP_BY, "service,status").optional(),
      limit: integer(1, LIMIT_MAX, LIMIT),
    }),
  },
  responses: { 200: jsonResponse("The groups.", InvocationSummarySchema), ...ERROR_RESPONSES },
});

const children = createRoute({
  method: "get",
  path: "/invocations/{invocation}/children",
  tags,
  summary: "List what an invocation has called",
  description: "In the order of the calls, and how far all of them are.",
  operationId: "list_children",
  request: {
    params: z.object({ invocation: InvocationIdSchema }),
    query: z.object({
      status: StatusesSchema.optional(),
      failed: FlagSchema.optional(),
      limit: integer(1, LIMIT_MAX, LIMIT),
      after: z.string().optional(),
    }),
  },
  responses: { 200: jsonResponse("A page.", ChildrenPageSchema), ...ERROR_RESPONSES },
});

const overview = createRoute({
  method: "get",
  path: "/overview",
  tags: ["server"],
  summary: "How the server is doing",
  description: "How many of what there is, what was completed lately, and what does not go on.",
  operationId: "overview",
  responses: { 200: jsonResponse("The overview.", OverviewSchema), ...ERROR_RESPONSES },
});

/** Before the routes of one invocation: `summary` is no id. */
export function addSummaryRoutes(api: OpenAPIHono, context: ApiContext): void {
  const { ports } = context;

  api.openapi(summarize, async (c) => {
    const { group_by: groupBy = ["status"], limit, ...query } = c.req.valid("query");
    const filter = toFilter(query, context.readId);
    const summary = await ports.invocations.summarize({ kind: "summary", filter, groupBy, limit });
    return c.json(toSummary(summary, ports.now()), 200);
  });

  api.openapi(children, async (c) => {
    const { invocation: parent } = c.req.valid("param");
    const { status, failed, limit, after } = c.req.valid("query");
    const page = await ports.invocations.children({
      kind: "children",
      parent,
      status,
      failed,
      limit,
      after: after === undefined ? undefined : readCursor(after),
    });
    if (page.summary.total === 0) await checkParent(context, parent);
    return c.json(toChildren(page, viewOf(context)), 200);
  });

  api.openapi(overview, async (c) => {
    const answer = await ports.invocations.overview();
    const deployments = ports.registry().deployments.length;
    return c.json(toOverview(answer, ports.now(), deployments), 200);
  });
}

/** Children may outlive their parent. */
async function checkParent({ ports }: ApiContext, id: string): Promise<void> {
  const page = await ports.invocations.list({
    filter: { id },
    order: "newest",
    limit: 1,
    after: undefined,
    total: false,
  });
  if (page.invocations.length === 0) throw new ApiError(404, `there is no invocation ${id}`);
}

function readCursor(text: string): ChildCursor {
  const [createdAt, callId, id] = parseCursor(text, ["number", "number", "string"]);
  return { createdAt: Number(createdAt), callId: Number(callId), id: String(id) };
}
