/** Journals with their payloads. */
import { z } from "@hono/zod-openapi";
import { InstantSchema } from "./common.ts";

const Base64Schema = z.string().openapi({ format: "byte", description: "Base64." });

export const RecordedEntrySchema = z
  .object({
    index: z.number(),
    entry_type: z.string().openapi({ example: "Command: Call" }),
    type: z.number().openapi({ description: "Of the message, in the service protocol." }),
    name: z.string().optional(),
    appended_at: InstantSchema,
    length: z.number().openapi({ description: "Bytes of the body." }),
    body: Base64Schema.openapi({ description: "The message as it is sent, without its frame." }),
  })
  .openapi("RecordedEntry");

export const RecordedStartSchema = z
  .object({
    protocol_version: z.number(),
    key: z.string().openapi({ description: "Of a keyed target, else empty." }),
    random_seed: z.string().openapi({ description: "64 bits, in hexadecimal digits." }),
    scope: z.string().optional(),
    limit_key: z.string().optional(),
    idempotency_key: z.string().optional(),
    state: z
      .object({
        read_at: InstantSchema,
        partial: z.boolean().openapi({ description: "There may be more." }),
        entries: z.array(z.object({ key: Base64Schema, value: Base64Schema })),
      })
      .openapi({ description: "As it is now: what it was when the handler began is not kept." }),
  })
  .openapi("RecordedStart", { description: "What an attempt begins with besides its journal." });

export const JournalPageSchema = z
  .object({
    id: z.string(),
    journal_size: z.number(),
    entries: z.array(RecordedEntrySchema),
    next: z.number().optional().openapi({ description: "The from to go on with." }),
    start: RecordedStartSchema.optional(),
  })
  .openapi("JournalPage");

export type RecordedEntryResource = z.infer<typeof RecordedEntrySchema>;
export type RecordedStartResource = z.infer<typeof RecordedStartSchema>;
export type JournalPageResource = z.infer<typeof JournalPageSchema>;
