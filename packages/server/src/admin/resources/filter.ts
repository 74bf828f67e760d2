/** A filter as a query string has it, as the introspection takes it. */
import type { z } from "@hono/zod-openapi";
import type { InvocationFilter } from "../introspection-port.ts";
import type { filterQuery } from "../schemas/introspection.ts";

type FilterQuery = z.infer<z.ZodObject<typeof filterQuery>>;

/** `readId` finds the deployment that a request names. */
export function toFilter(query: FilterQuery, readId: (text: string) => string): InvocationFilter {
  const { deployment } = query;
  return {
    status: query.status,
    service: query.service,
    handler: query.handler,
    key: query.key,
    scope: query.scope,
    deployment: deployment === undefined ? undefined : readId(deployment),
    parent: query.parent,
    root: query.root,
    invokedBy: query.invoked_by,
    completionResult: query.completion_result,
    error: query.error,
    target: query.target,
    id: query.id,
    idempotencyKey: query.idempotency_key,
    createdAfter: query.created_after,
    createdBefore: query.created_before,
    modifiedAfter: query.modified_after,
    modifiedBefore: query.modified_before,
  };
}
