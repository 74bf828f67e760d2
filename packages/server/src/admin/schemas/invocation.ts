/** Invocations and their journals. Names are those of the `sys_invocation` table. */
import { z } from "@hono/zod-openapi";
import { DurationSchema, InstantSchema } from "./common.ts";

export const INVOCATION_STATUSES = [
  "scheduled",
  "pending",
  "ready",
  "running",
  "backing-off",
  "suspended",
  "paused",
  "completed",
] as const;
export type ShownStatus = (typeof INVOCATION_STATUSES)[number];

const StatusSchema = z.enum(INVOCATION_STATUSES).openapi("InvocationStatus", {
  description:
    "`scheduled` waits for its time, `pending` for its object or a concurrency limit, " +
    "`ready` for an attempt, which `running` has, `backing-off` for its next attempt, `suspended` for a result, `paused` for an operator.",
});

const header = {
  id: z.string(),
  status: StatusSchema,
  target: z.string().openapi({ example: "Cart/user-1/checkout" }),
  target_service_name: z.string(),
  target_service_ty: z.enum(["service", "virtual_object", "workflow"]),
  target_service_key: z.string().optional(),
  target_handler_name: z.string(),
  scope: z.string().optional(),
  limit_key: z.string().optional(),
  idempotency_key: z.string().optional(),
  invoked_by: z.enum(["ingress", "service", "restart_as_new"]),
  invoked_by_id: z.string().optional(),
  restarted_from: z.string().optional().openapi({ description: "The invocation that it repeats." }),
  root_id: z.string().openapi({ description: "The top of its call tree." }),
  pinned_deployment_id: z.string().optional(),
  pinned_service_protocol_version: z.number().optional(),
  journal_size: z.number(),
  journal_commands_size: z.number(),
  created_at: InstantSchema,
  modified_at: InstantSchema,
  scheduled_start_at: InstantSchema.optional(),
  completed_at: InstantSchema.optional(),
  retry_count: z.number(),
  next_retry_at: InstantSchema.optional(),
  last_failure: z.string().optional().openapi({ description: "Why its last attempt failed." }),
  last_failure_error_code: z.string().optional().openapi({ example: "RT0007" }),
  completion_result: z.enum(["success", "failure"]).optional(),
  completion_failure: z.string().optional().openapi({ example: "[409] killed" }),
};

export const InvocationSchema = z.object(header).openapi("Invocation");

const ResultSchema = z
  .object({
    kind: z.enum(["success", "failure", "void", "invocation_id", "state_keys"]),
    length: z.number().optional().openapi({ description: "Bytes of a value." }),
    code: z.number().optional(),
    message: z.string().optional(),
    invocation_id: z.string().optional(),
    count: z.number().optional().openapi({ description: "Number of state keys." }),
  })
  .openapi("EntryResult");

export const JournalEntrySchema = z
  .object({
    index: z.number(),
    entry_type: z.string().openapi({ example: "Command: Call" }),
    appended_at: InstantSchema,
    length: z.number().openapi({ description: "Bytes of the entry as it is sent." }),
    name: z.string().optional(),
    completion_id: z.number().optional().openapi({
      description: "Of the completion that a command waits for, or that this is.",
    }),
    invocation_id_completion_id: z.number().optional(),
    target: z.string().optional().openapi({ description: "Of a call or an attach." }),
    idempotency_key: z.string().optional(),
    invoked_id: z.string().optional(),
    invoke_at: InstantSchema.optional(),
    sleep_wakeup_at: InstantSchema.optional(),
    state_key: z.string().optional(),
    promise_name: z.string().optional(),
    awakeable_id: z.string().optional(),
    signal_index: z.number().optional(),
    signal_name: z.string().optional(),
    value_length: z.number().optional(),
    result: ResultSchema.optional(),
  })
  .openapi("JournalEntry", { description: "Without payloads." });

export type AwaitingResource = {
  combinator: string;
  completions: { count: number; first: number[] };
  signals: { count: number; first: number[] };
  signal_names: string[];
  nested: AwaitingResource[];
  truncated?: boolean | undefined;
};

const IdsSchema = z.object({
  count: z.number(),
  first: z.array(z.number()).openapi({ description: "Some of them." }),
});

const AwaitingSchema: z.ZodType<AwaitingResource> = z
  .object({
    combinator: z.string().openapi({ example: "all_completed" }),
    completions: IdsSchema,
    signals: IdsSchema,
    signal_names: z.array(z.string()),
    nested: z.array(z.any()).openapi({
      type: "array",
      items: { $ref: "#/components/schemas/Awaiting" },
    }),
    truncated: z.boolean().optional(),
  })
  .openapi("Awaiting", { description: "What a suspended invocation waits for." });

const EventSchema = z
  .object({
    event_type: z.enum(["TransientError", "Paused"]),
    appended_at: InstantSchema,
    after_journal_entry_index: z.number(),
    attempt: z.number().openapi({ description: "The attempt that it ended, from 1." }),
    error_code: z.number().optional(),
    error_message: z.string().optional(),
    error_stacktrace: z.string().optional(),
    restate_doc_error_code: z.string().optional(),
    related_command_index: z.number().optional(),
    related_command_name: z.string().optional(),
    related_command_type: z.string().optional(),
  })
  .openapi("InvocationEvent", {
    description:
      "Of attempts that fail alike in a row, the first; of very many attempts, the newest.",
  });

export const DetailedInvocationSchema = z
  .object({
    ...header,
    last_failure_stacktrace: z.string().optional(),
    last_failure_related_command_index: z.number().optional(),
    last_failure_related_command_name: z.string().optional(),
    last_failure_related_command_type: z.string().optional(),
    completion_retention: DurationSchema,
    journal_retention: DurationSchema,
    input_length: z.number(),
    output_length: z.number().optional(),
    children: z.object({ started: z.number(), succeeded: z.number(), failed: z.number() }),
    awaiting_on: AwaitingSchema.optional(),
    events: z.array(EventSchema).openapi({ description: "The first first." }),
    journal: z.array(JournalEntrySchema),
    journal_next: z.number().optional().openapi({ description: "The journal_from to go on with." }),
    journal_damage: z.string().optional().openapi({
      description: "Why the journal ends here although there is more of it: its rows are damaged.",
    }),
  })
  .openapi("DetailedInvocation");

export type InvocationResource = z.infer<typeof InvocationSchema>;
export type EventResource = z.infer<typeof EventSchema>;
export type JournalEntryResource = z.infer<typeof JournalEntrySchema>;
export type EntryResultResource = z.infer<typeof ResultSchema>;
export type DetailedInvocationResource = z.infer<typeof DetailedInvocationSchema>;
