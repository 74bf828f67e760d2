/** The operations on invocations, for many at once. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DeploymentChoice, Operation, OperationResult } from "@rejoin/engine";
import { formatInvocationId, parseInvocationId } from "@rejoin/protocol";
import type { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { toDeploymentChoice } from "../deployment-choice.ts";
import { describeRefusal } from "../operation-answer.ts";
import { jsonBody } from "../request-body.ts";
import { ERROR_RESPONSES, jsonRequest, jsonResponse } from "../schemas/common.ts";
import {
  BATCH_IDS_MAX,
  BatchRestartResultSchema,
  BatchResultSchema,
  BatchSchema,
} from "../schemas/operations.ts";

/** In flight together. */
const CONCURRENCY = 100;

type ToOperation = (deployment: DeploymentChoice | undefined) => Operation;

const OPERATIONS: Readonly<Record<string, ToOperation>> = {
  kill: () => ({ kind: "kill" }),
  cancel: () => ({ kind: "cancel" }),
  purge: () => ({ kind: "purge" }),
  "purge-journal": () => ({ kind: "purgeJournal" }),
  pause: () => ({ kind: "pause" }),
  resume: (deployment = "keep") => ({ kind: "resume", deployment }),
};
const RESTART: ToOperation = (deployment = "latest") => ({ kind: "restart", from: 0, deployment });

export function addBatchRoutes(api: OpenAPIHono, context: ApiContext): void {
  for (const [name, toOperation] of Object.entries(OPERATIONS)) {
    api.openapi(batchRoute(name, context, BatchResultSchema), async (c) => {
      const { succeeded, failed } = await run(context, c.req.valid("json"), toOperation);
      return c.json({ succeeded: succeeded.map(({ id }) => id), failed }, 200);
    });
  }
  const restart = batchRoute("restart-as-new", context, BatchRestartResultSchema);
  api.openapi(restart, async (c) => {
    const { succeeded, failed } = await run(context, c.req.valid("json"), RESTART);
    const pairs = succeeded.flatMap(({ id, result }) =>
      result.kind === "restarted"
        ? [{ old_invocation_id: id, new_invocation_id: formatInvocationId(result.key) }]
        : [],
    );
    return c.json({ succeeded: pairs, failed }, 200);
  });
}

function batchRoute<T extends z.ZodType>(name: string, { limits }: ApiContext, schema: T) {
  return createRoute({
    method: "post",
    path: `/internal/invocations_batch_operations/${name}`,
    tags: ["invocation"],
    summary: `For many invocations: ${name}`,
    description: "Each for itself: what fails for one does not keep the others.",
    operationId: `batch_${name.replaceAll("-", "_")}_invocations`,
    middleware: jsonBody(limits.adminBodyBytesMax),
    request: { body: jsonRequest(BatchSchema) },
    responses: { 200: jsonResponse("What has come of each.", schema), ...ERROR_RESPONSES },
  });
}

interface Outcomes {
  readonly succeeded: { readonly id: string; readonly result: OperationResult }[];
  readonly failed: { readonly invocation_id: string; readonly error: string }[];
}

async function run(
  context: ApiContext,
  { invocation_ids: ids, deployment }: z.infer<typeof BatchSchema>,
  toOperation: ToOperation,
): Promise<Outcomes> {
  if (ids.length > BATCH_IDS_MAX) {
    const text = `${ids.length} invocations at once are too many; at most ${BATCH_IDS_MAX}`;
    throw new ApiError(400, `${text}: send them in several requests`);
  }
  const { operations } = context.ports;
  const isChosen = deployment !== undefined && deployment !== null;
  const operation = toOperation(isChosen ? toDeploymentChoice(context, deployment) : undefined);
  const outcomes: Outcomes = { succeeded: [], failed: [] };
  for (let start = 0; start < ids.length; start += CONCURRENCY) {
    const page = ids.slice(start, start + CONCURRENCY);
    const results = await Promise.all(page.map((id) => tryOne(operations, id, operation)));
    page.forEach((id, i) => {
      const result = results[i];
      if (typeof result === "string") outcomes.failed.push({ invocation_id: id, error: result });
      else if (result !== undefined) outcomes.succeeded.push({ id, result });
    });
  }
  return outcomes;
}

/** The result, or why there is none. */
async function tryOne(
  operations: ApiContext["ports"]["operations"],
  id: string,
  operation: Operation,
): Promise<OperationResult | string> {
  const key = parseInvocationId(id);
  try {
    const result = await operations.operate(key, operation);
    return result.kind === "refused" ? describeRefusal(result, key) : result;
  } catch (error) {
    return `invocation ${id}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
