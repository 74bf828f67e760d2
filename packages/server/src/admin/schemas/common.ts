/** Shapes that several resources of the admin API share. */
import { z } from "@hono/zod-openapi";
import { parseDuration } from "../../duration.ts";

export const StringMapSchema = z.record(z.string(), z.string());

export const DurationSchema = z.string().openapi({ description: "A duration.", example: "1h 30m" });

/** A duration in a request, as milliseconds. */
export const DurationInputSchema = z
  .string()
  .transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined) return durationMs;
    context.addIssue(`${JSON.stringify(text)} is no duration such as 30s, 1h 30m or PT30S`);
    return z.NEVER;
  })
  .openapi({ type: "string", description: "A duration.", example: "1h 30m" });

export const InstantSchema = z
  .string()
  .openapi({ description: "An instant.", example: "2026-11-21T17:37:46.475000000Z" });

export const ErrorSchema = z
  .object({
    message: z.string().openapi({ description: "What happened, and what can be done." }),
    restate_code: z
      .string()
      .nullable()
      .openapi({ description: "A code of the error catalogue.", example: "META0003" }),
  })
  .openapi("Error");

export const InfoSchema = z
  .object({ code: z.string().optional(), message: z.string() })
  .openapi("Info", { description: "Something worth knowing about a resource." });

export type InfoResource = z.infer<typeof InfoSchema>;

/** A flag in a query string. */
export const FlagSchema = z
  .enum(["true", "false"], { error: "provided string was not `true` or `false`" })
  .transform((text) => text === "true")
  .openapi({ type: "boolean" });

/** A JSON response of a route. */
export function jsonResponse<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

/** The JSON body that a route takes. */
export function jsonRequest<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** The answers that any route may give instead. */
export const ERROR_RESPONSES = {
  400: jsonResponse("The request is not acceptable.", ErrorSchema),
  404: jsonResponse("It does not exist.", ErrorSchema),
  409: jsonResponse("It contradicts what is there.", ErrorSchema),
  500: jsonResponse("The server, or an endpoint that it asked, failed.", ErrorSchema),
  503: jsonResponse("The server is not ready; try again in a moment.", ErrorSchema),
} as const;
