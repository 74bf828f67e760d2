/** What operators do to one invocation. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Operation } from "@rejoin/engine";
import { formatInvocationId, parseInvocationId } from "@rejoin/protocol";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { toDeploymentChoice } from "../deployment-choice.ts";
import { assertTaken } from "../operation-answer.ts";
import { ERROR_RESPONSES, ErrorSchema, jsonResponse } from "../schemas/common.ts";
import { InvocationIdSchema } from "../schemas/ids.ts";
import {
  DeletionModeSchema,
  DeploymentChoiceSchema,
  RestartIndexSchema,
} from "../schemas/operations.ts";

const tags = ["invocation"];
const params = z.object({ invocation: InvocationIdSchema });
const DONE = { 200: { description: "It is done." } } as const;
const REQUESTED = { 202: { description: "It will be, when its code has done its part." } } as const;
const TOO_EARLY = { 425: jsonResponse("It has not been started yet.", ErrorSchema) } as const;

/** Those without options. */
const PLAIN = [
  {
    path: "kill",
    operation: { kind: "kill" },
    summary: "Kill an invocation",
    description: "It ends at once, and so does what it has called; their code is not asked.",
    responses: DONE,
  },
  {
    path: "cancel",
    operation: { kind: "cancel" },
    summary: "Cancel an invocation",
    description: "Its code sees a terminal failure and can clean up.",
    responses: { ...DONE, ...REQUESTED },
  },
  {
    path: "purge",
    operation: { kind: "purge" },
    summary: "Purge a completed invocation",
    description: "All that is kept of it is deleted, with the state of a workflow.",
    responses: DONE,
  },
  {
    path: "purge-journal",
    operation: { kind: "purgeJournal" },
    summary: "Purge the journal of a completed invocation",
    description: "Its result stays.",
    responses: DONE,
  },
  {
    path: "pause",
    operation: { kind: "pause" },
    summary: "Pause an invocation",
    description: "Until it is resumed. One that is running is asked to suspend first.",
    responses: { ...DONE, ...REQUESTED },
  },
] as const satisfies readonly {
  readonly path: string;
  readonly operation: Operation;
  readonly [other: string]: unknown;
}[];

const resume = createRoute({
  method: "patch",
  path: "/invocations/{invocation}/resume",
  tags,
  summary: "Resume an invocation",
  description: "One that is paused or suspended goes on, one that backs off does so at once.",
  operationId: "resume_invocation",
  request: { params, query: z.object({ deployment: DeploymentChoiceSchema.optional() }) },
  responses: { ...DONE, ...ERROR_RESPONSES, ...TOO_EARLY },
});

const restart = createRoute({
  method: "patch",
  path: "/invocations/{invocation}/restart-as-new",
  tags,
  summary: "Restart a completed invocation",
  description: "As a new one, from its input or from a place in its journal.",
  operationId: "restart_as_new_invocation",
  request: {
    params,
    query: z.object({
      from: RestartIndexSchema.default(0),
      deployment: DeploymentChoiceSchema.optional(),
    }),
  },
  responses: {
    200: jsonResponse("The new invocation.", z.object({ new_invocation_id: z.string() })),
    ...ERROR_RESPONSES,
    410: jsonResponse("Its journal has been deleted.", ErrorSchema),
    422: jsonResponse("It is not of a kind that can be restarted so.", ErrorSchema),
    ...TOO_EARLY,
  },
});

const remove = createRoute({
  method: "delete",
  path: "/invocations/{invocation}",
  tags,
  summary: "Cancel, kill or purge an invocation",
  description: "If it is there. The operations of these names say what has come of it.",
  operationId: "delete_invocation",
  deprecated: true,
  request: { params, query: z.object({ mode: DeletionModeSchema.default("cancel") }) },
  responses: { 202: { description: "It has been asked for." }, ...ERROR_RESPONSES },
});

export function addOperationRoutes(api: OpenAPIHono, context: ApiContext): void {
  for (const plain of PLAIN) addPlain(api, context, plain);
  addResume(api, context);
  addRestart(api, context);

  api.openapi(remove, async (c) => {
    const kind = c.req.valid("query").mode;
    await context.ports.operations.operate(keyOf(c.req.valid("param")), { kind });
    return c.body(null, 202);
  });
}

function addPlain(
  api: OpenAPIHono,
  { ports }: ApiContext,
  { path, operation, responses, ...texts }: (typeof PLAIN)[number],
): void {
  const route = createRoute({
    method: "patch",
    path: `/invocations/{invocation}/${path}`,
    tags,
    operationId: `${path.replace("-", "_")}_invocation`,
    ...texts,
    request: { params },
    responses: { ...responses, ...ERROR_RESPONSES },
  });
  api.openapi(route, async (c) => {
    const key = keyOf(c.req.valid("param"));
    const result = await ports.operations.operate(key, operation);
    assertTaken(result, key, { notStarted: 409 });
    return c.body(null, result.kind === "requested" && 202 in responses ? 202 : 200);
  });
}

function addResume(api: OpenAPIHono, context: ApiContext): void {
  const { operations } = context.ports;
  api.openapi(resume, async (c) => {
    const key = keyOf(c.req.valid("param"));
    const { deployment: text = "keep" } = c.req.valid("query");
    const deployment = toDeploymentChoice(context, text);
    assertTaken(await operations.operate(key, { kind: "resume", deployment }), key);
    return c.body(null, 200);
  });
}

function addRestart(api: OpenAPIHono, context: ApiContext): void {
  const { operations } = context.ports;
  api.openapi(restart, async (c) => {
    const key = keyOf(c.req.valid("param"));
    const { from, deployment: text = "latest" } = c.req.valid("query");
    const deployment = toDeploymentChoice(context, text);
    const result = await operations.operate(key, { kind: "restart", from, deployment });
    assertTaken(result, key);
    if (result.kind !== "restarted") throw new ApiError(500, "the restart gave no new invocation");
    return c.json({ new_invocation_id: formatInvocationId(result.key) }, 200);
  });
}

function keyOf({ invocation }: { readonly invocation: string }) {
  return parseInvocationId(invocation);
}
