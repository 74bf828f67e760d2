/** `/invocations`: lists, and one invocation with its journal. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Invocation } from "@rejoin/engine";
import { formatInvocationId, parseInvocationId } from "@rejoin/protocol";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import {
  type InvocationView,
  shownStatus,
  toDetailedInvocation,
  toInvocation,
} from "../resources/invocation.ts";
import { ERROR_RESPONSES, jsonResponse } from "../schemas/common.ts";
import { CursorSchema, InvocationIdSchema } from "../schemas/ids.ts";
import {
  DetailedInvocationSchema,
  INVOCATION_STATUSES,
  InvocationSchema,
  type ShownStatus,
} from "../schemas/invocation.ts";

const tags = ["invocation"];
const LIST_LIMIT_MAX = 1000;
const LIST_LIMIT = 100;
const JOURNAL_LIMIT_MAX = 1000;
const MAX_INDEX = 0xffff_ffff;

/** A whole number in a query string. */
function integer(min: number, max: number, byDefault: number) {
  return z.coerce.number().int().min(min).max(max).default(byDefault);
}

const StatusesSchema = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(INVOCATION_STATUSES)))
  .openapi({ type: "string", description: "One or more, with commas.", example: "running,paused" });

const list = createRoute({
  method: "get",
  path: "/invocations",
  tags,
  summary: "List invocations",
  description:
    "The newest first. A page may hold fewer than the limit, and even none, and yet have a next: " +
    "a request looks at a bounded number of invocations.",
  operationId: "list_invocations",
  request: {
    query: z.object({
      status: StatusesSchema.optional(),
      service: z.string().optional(),
      deployment: z.string().optional().openapi({ description: "That they are pinned to." }),
      limit: integer(1, LIST_LIMIT_MAX, LIST_LIMIT),
      after: CursorSchema.optional(),
    }),
  },
  responses: {
    200: jsonResponse(
      "A page.",
      z.object({ invocations: z.array(InvocationSchema), next: z.string().optional() }),
    ),
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
    const { status, service, deployment, limit, after } = c.req.valid("query");
    const view = viewOf(context);
    const page = await ports.invocations.list({
      matches: createFilter({
        statuses: status,
        service,
        deployment: deployment === undefined ? undefined : context.readId(deployment),
        nowMs: view.nowMs,
      }),
      limit,
      after: after === undefined ? undefined : parseInvocationId(after),
    });
    const invocations = page.invocations.map((invocation) => toInvocation(invocation, view));
    const next = page.next === undefined ? {} : { next: formatInvocationId(page.next) };
    return c.json({ invocations, ...next }, 200);
  });

  api.openapi(get, async (c) => {
    const { invocation: id } = c.req.valid("param");
    const { journal_from: from, journal_limit: limit } = c.req.valid("query");
    const detail = await ports.invocations.read(parseInvocationId(id), { from, limit });
    if (detail === undefined) throw new ApiError(404, `there is no invocation ${id}`);
    return c.json(toDetailedInvocation(detail, viewOf(context)), 200);
  });
}

function viewOf({ ports, writeId }: ApiContext): InvocationView {
  return { nowMs: ports.now(), snapshot: ports.registry(), writeId };
}

interface Filter {
  readonly statuses: readonly ShownStatus[] | undefined;
  readonly service: string | undefined;
  readonly deployment: string | undefined;
  readonly nowMs: number;
}

function createFilter({ statuses, service, deployment, nowMs }: Filter) {
  return (invocation: Invocation): boolean => {
    if (service !== undefined && invocation.target.service !== service) return false;
    if (deployment !== undefined && invocation.pin?.deploymentId !== deployment) return false;
    return statuses === undefined || statuses.includes(shownStatus(invocation, nowMs));
  };
}
