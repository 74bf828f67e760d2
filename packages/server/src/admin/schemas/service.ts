/** Services and handlers. */
import { z } from "@hono/zod-openapi";
import { DurationInputSchema, DurationSchema, InfoSchema, StringMapSchema } from "./common.ts";

const OnMaxAttemptsSchema = z.enum(["Pause", "Kill"]);

const ServiceRetryPolicySchema = z
  .object({
    initial_interval: DurationSchema,
    exponentiation_factor: z.number(),
    max_attempts: z
      .number()
      .nullable()
      .openapi({ description: "The first attempt included; null for no limit." }),
    max_interval: DurationSchema,
    on_max_attempts: OnMaxAttemptsSchema,
  })
  .openapi("ServiceRetryPolicy");

const HandlerRetryPolicySchema = z
  .object({
    initial_interval: DurationSchema.optional(),
    exponentiation_factor: z.number().optional(),
    max_attempts: z.number().nullable(),
    max_interval: DurationSchema.optional(),
    on_max_attempts: OnMaxAttemptsSchema.optional(),
  })
  .openapi("HandlerRetryPolicy", { description: "What the handler sets itself." });

const COUNT_MAX = 0xffff_ffff;
const ConcurrencyLimitSchema = z.number().int().min(1).max(COUNT_MAX).openapi({
  description: "Invocations that may run at a time, in all revisions together.",
});

export const HandlerSchema = z
  .object({
    name: z.string(),
    ty: z.enum(["Exclusive", "Shared", "Workflow"]).optional(),
    documentation: z.string().optional(),
    metadata: StringMapSchema.optional(),
    idempotency_retention: DurationSchema.optional(),
    workflow_completion_retention: DurationSchema.optional(),
    journal_retention: DurationSchema.optional(),
    inactivity_timeout: DurationSchema.optional(),
    abort_timeout: DurationSchema.optional(),
    enable_lazy_state: z.boolean().optional(),
    public: z.boolean(),
    input_description: z.string(),
    output_description: z.string(),
    input_json_schema: z.unknown().optional(),
    output_json_schema: z.unknown().optional(),
    retry_policy: HandlerRetryPolicySchema,
    concurrency_limit: ConcurrencyLimitSchema.optional(),
    info: z.array(InfoSchema).optional(),
  })
  .openapi("Handler");

export const ServiceSchema = z
  .object({
    name: z.string(),
    ty: z.enum(["Service", "VirtualObject", "Workflow"]),
    handlers: z.array(HandlerSchema),
    documentation: z.string().optional(),
    metadata: StringMapSchema.optional(),
    deployment_id: z.string(),
    revision: z.number(),
    public: z.boolean(),
    idempotency_retention: DurationSchema,
    workflow_completion_retention: DurationSchema.optional(),
    journal_retention: DurationSchema,
    inactivity_timeout: DurationSchema,
    abort_timeout: DurationSchema,
    enable_lazy_state: z.boolean(),
    retry_policy: ServiceRetryPolicySchema,
    concurrency_limit: ConcurrencyLimitSchema.optional(),
    info: z.array(InfoSchema).optional(),
  })
  .openapi("Service", { description: "Options are the effective ones, defaults included." });

/** A hundred years: an instant from now has a date after any of these. */
const DURATION_DAYS_MAX = 36_500;
const duration = DurationInputSchema.pipe(
  z.number().max(DURATION_DAYS_MAX * 86_400_000, { error: `at most ${DURATION_DAYS_MAX}d` }),
).nullish();

const RetryPolicyChangeSchema = z
  .object({
    initial_interval: duration,
    exponentiation_factor: z.number().min(1).nullish(),
    max_attempts: z.number().int().min(1).max(COUNT_MAX).nullish(),
    max_interval: duration,
    on_max_attempts: OnMaxAttemptsSchema.nullish(),
  })
  .openapi("RetryPolicyChange");

export const ServiceChangeSchema = z
  .object({
    public: z.boolean().nullish().openapi({ description: "Whether the ingress offers it." }),
    idempotency_retention: duration,
    workflow_completion_retention: duration,
    journal_retention: duration,
    inactivity_timeout: duration,
    abort_timeout: duration,
    retry_policy: RetryPolicyChangeSchema.nullish(),
    concurrency_limit: ConcurrencyLimitSchema.nullish().openapi({
      description:
        "Invocations of all its handlers that may run at a time, null for no limit. It stays when " +
        "the service is registered again.",
    }),
    handlers: z
      .record(z.string(), z.object({ concurrency_limit: ConcurrencyLimitSchema.nullish() }))
      .nullish()
      .openapi({ description: "Limits of single handlers, by their names." }),
  })
  .openapi("ServiceChange", {
    description: "What is absent or null stays as it is, but for limits.",
  });

export type ServiceChangeBody = z.infer<typeof ServiceChangeSchema>;
export type HandlerResource = z.infer<typeof HandlerSchema>;
export type ServiceResource = z.infer<typeof ServiceSchema>;
