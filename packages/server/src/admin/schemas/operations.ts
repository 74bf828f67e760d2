/** What operators do to invocations and to the state of objects. */
import { z } from "@hono/zod-openapi";
import { InvocationIdTextSchema } from "./ids.ts";

export const BATCH_IDS_MAX = 1000;
const INDEX_MAX = 0xffff_ffff;

export const DeploymentChoiceSchema = z.string().openapi({
  description:
    "`keep` the deployment that it is pinned to, go to the `latest` of its service, or to one by id.",
  example: "latest",
});

export const RestartIndexSchema = z.coerce.number().int().min(0).max(INDEX_MAX).openapi({
  description: "The last entry of the old journal that the new invocation begins with.",
});

export const DeletionModeSchema = z
  .enum(["Cancel", "cancel", "Kill", "kill", "Purge", "purge"])
  .transform((text) => text.toLowerCase() as "cancel" | "kill" | "purge")
  .openapi({ type: "string", example: "cancel" });

export const BatchSchema = z
  .object({
    invocation_ids: z.array(InvocationIdTextSchema).openapi({
      description: `At most ${BATCH_IDS_MAX}.`,
    }),
    deployment: DeploymentChoiceSchema.nullish(),
  })
  .openapi("BatchOperation");

const FailedSchema = z.object({ invocation_id: z.string(), error: z.string() });

export const BatchResultSchema = z
  .object({ succeeded: z.array(z.string()), failed: z.array(FailedSchema) })
  .openapi("BatchResult");

export const BatchRestartResultSchema = z
  .object({
    succeeded: z.array(z.object({ old_invocation_id: z.string(), new_invocation_id: z.string() })),
    failed: z.array(FailedSchema),
  })
  .openapi("BatchRestartResult");

export const StateChangeSchema = z
  .object({
    object_key: z.string(),
    new_state: z
      .custom<object>(isObject, { error: "expected an object" })
      .transform(toState)
      .openapi({
        type: "object",
        description: "All of it: what is not named is cleared. Values are arrays of bytes.",
        additionalProperties: {
          type: "array",
          items: { type: "integer", minimum: 0, maximum: 255 },
        },
      }),
    version: z.string().nullish().openapi({
      description: "The fingerprint that the present state must have.",
    }),
    scope: z.string().nullish(),
  })
  .openapi("StateChange");

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** By name. A name may be any text, also one that a record would drop, such as `__proto__`. */
function toState(members: object, context: z.RefinementCtx): ReadonlyMap<string, Uint8Array> {
  const state = new Map<string, Uint8Array>();
  for (const [name, value] of Object.entries(members)) {
    if (isByteArray(value)) state.set(name, Uint8Array.from(value));
    else {
      const message = "expected an array of bytes, 0 to 255";
      context.addIssue({ code: "custom", message, path: [name] });
    }
  }
  return state;
}

/** Looked at in one go, since there may be millions. */
function isByteArray(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isByte);
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}
