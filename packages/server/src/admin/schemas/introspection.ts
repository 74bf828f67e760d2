/** Many invocations at once, and the objects of services. */
import { z } from "@hono/zod-openapi";
import { parseInstant } from "../text-formats.ts";
import { InstantSchema } from "./common.ts";
import { InvocationIdTextSchema } from "./ids.ts";
import { INVOCATION_STATUSES, InvocationSchema } from "./invocation.ts";

/** A whole number in a query string. */
export function integer(min: number, max: number, byDefault: number) {
  return z.coerce.number().int().min(min).max(max).default(byDefault);
}

/** One or more of a set of words, with commas. */
export function words<const T extends readonly [string, ...string[]]>(values: T, example: string) {
  return z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(values)))
    .openapi({ type: "string", description: "One or more, with commas.", example });
}

const NamesSchema = z
  .string()
  .transform((text) => text.split(","))
  .openapi({ type: "string", description: "One or more, with commas." });

const MomentSchema = z
  .string()
  .transform((text, context) => {
    const at = parseInstant(text);
    if (at !== undefined) return at;
    context.addIssue(`${JSON.stringify(text)} is no instant: ISO 8601, or milliseconds since 1970`);
    return z.NEVER;
  })
  .openapi({ type: "string", description: "ISO 8601, or milliseconds since the Unix epoch." });

export const StatusesSchema = words(INVOCATION_STATUSES, "running,paused");

/** What a question may be narrowed by. */
export const filterQuery = {
  status: StatusesSchema.optional(),
  service: NamesSchema.optional(),
  handler: NamesSchema.optional(),
  key: z.string().optional().openapi({ description: "Of their object or workflow." }),
  scope: z.string().optional(),
  deployment: z.string().optional().openapi({ description: "That they are pinned to." }),
  parent: InvocationIdTextSchema.optional().openapi({
    description: "The invocation that called them.",
  }),
  root: InvocationIdTextSchema.optional().openapi({ description: "The top of their call tree." }),
  invoked_by: words(["ingress", "service", "restart_as_new"], "ingress").optional(),
  completion_result: z.enum(["success", "failure"]).optional(),
  error: z.string().optional().openapi({
    description: "Part of the failure that they ended with or, while they live, of their last one.",
  }),
  target: z.string().optional().openapi({
    description: "The target, or its first components.",
    example: "Cart/user-1",
  }),
  id: z.string().optional().openapi({ description: "How their ids begin." }),
  idempotency_key: z.string().optional(),
  created_after: MomentSchema.optional(),
  created_before: MomentSchema.optional(),
  modified_after: MomentSchema.optional(),
  modified_before: MomentSchema.optional(),
};

const CountsSchema = z.partialRecord(z.enum(INVOCATION_STATUSES), z.number());
const SampleSchema = z.array(z.string()).openapi({ description: "Ids of some of them." });
const CompleteSchema = z
  .boolean()
  .openapi({ description: "Whether all invocations have been looked at." });

export const InvocationPageSchema = z.object({
  invocations: z.array(InvocationSchema),
  next: z.string().optional(),
  total: z.number().optional(),
  complete: z.boolean().optional(),
});

export const GROUP_BY = ["status", "service", "handler", "failure", "parent"] as const;

export const InvocationSummarySchema = z
  .object({
    groups: z.array(
      z.object({
        status: z.enum(INVOCATION_STATUSES).optional(),
        service: z.string().optional(),
        handler: z.string().optional(),
        failure: z.string().optional(),
        failure_code: z.number().optional(),
        parent: z.string().optional(),
        count: z.number(),
        oldest_created_at: InstantSchema,
        oldest_modified_at: InstantSchema,
        sample_ids: SampleSchema,
      }),
    ),
    total: z.number(),
    as_of: InstantSchema,
    complete: CompleteSchema,
    groups_truncated: z.boolean().optional(),
  })
  .openapi("InvocationSummary");

export const ChildrenPageSchema = z
  .object({
    invocations: z.array(InvocationSchema),
    next: z.string().optional(),
    as_of: InstantSchema,
    summary: z.object({
      total: z.number(),
      by_status: CountsSchema,
      succeeded: z.number(),
      failed: z.number(),
      started_at: InstantSchema.optional(),
      last_completed_at: InstantSchema.optional(),
      completed_last_10s: z.number(),
      completed_last_60s: z.number(),
    }),
    failures: z.array(
      z.object({
        message: z.string(),
        code: z.number(),
        count: z.number(),
        sample_ids: SampleSchema,
      }),
    ),
    complete: CompleteSchema,
  })
  .openapi("InvocationChildren", { description: "`summary` and `failures` are of all children." });

export const OverviewSchema = z
  .object({
    as_of: InstantSchema,
    complete: CompleteSchema,
    deployments: z.number(),
    invocations: z.object({
      total: z.number(),
      by_status: CountsSchema,
      by_service: z.array(
        z.object({ service: z.string(), total: z.number(), by_status: CountsSchema }),
      ),
    }),
    completed: z.object({
      last_minute: z.object({ succeeded: z.number(), failed: z.number() }),
      last_hour: z
        .array(
          z.object({
            at: InstantSchema,
            started: z.number(),
            succeeded: z.number(),
            failed: z.number(),
          }),
        )
        .openapi({ description: "By the minute, the oldest first." }),
    }),
    stuck: z.array(
      z.object({
        kind: z.enum([
          "paused",
          "backing-off",
          "waiting-for-slot",
          "locked-key",
          "unknown-service",
        ]),
        service: z.string(),
        count: z.number(),
        why: z.string(),
        since: InstantSchema,
        sample_ids: SampleSchema,
      }),
    ),
  })
  .openapi("Overview");

export const ObjectPageSchema = z
  .object({
    objects: z.array(
      z.object({
        key: z.string(),
        scope: z.string().optional(),
        state_keys: z.number(),
        state_bytes: z.number(),
        state_truncated: z.boolean().optional().openapi({ description: "There is more of it." }),
        locked_by: z.string().optional().openapi({ description: "The invocation that holds it." }),
        inbox_length: z.number().openapi({ description: "How many wait for it." }),
      }),
    ),
    next: z.string().optional(),
  })
  .openapi("Objects");

export const ObjectStateSchema = z
  .object({
    version: z.string().optional().openapi({
      description: "What a change of this very state names; only where all of it was read.",
    }),
    entries: z.array(
      z.object({
        key: z.string(),
        value: z.string().openapi({ description: "Base64." }),
        value_utf8: z.string().optional(),
        value_json: z.unknown().optional(),
        length: z.number().openapi({ description: "In bytes." }),
        truncated: z.boolean().optional().openapi({ description: "This is its beginning." }),
      }),
    ),
    next: z.string().optional(),
  })
  .openapi("ObjectState");

export const QuerySchema = z
  .object({ query: z.string().openapi({ example: "SELECT id, status FROM sys_invocation" }) })
  .openapi("Query");

export const QueryRowsSchema = z
  .object({ rows: z.array(z.record(z.string(), z.unknown())) })
  .openapi("QueryRows", { description: "What is null in a row is absent." });
