/** Services and handlers. */
import { z } from "@hono/zod-openapi";
import { DurationSchema, InfoSchema, StringMapSchema } from "./common.ts";

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
    info: z.array(InfoSchema).optional(),
  })
  .openapi("Service", { description: "Options are the effective ones, defaults included." });

export type HandlerResource = z.infer<typeof HandlerSchema>;
export type ServiceResource = z.infer<typeof ServiceSchema>;
