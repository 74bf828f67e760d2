/** The rules of flow control. */
import { z } from "@hono/zod-openapi";
import type { LimitRule, Precondition, RuleChange } from "../../registry/rules/rule-book.ts";
import { problemOfPattern } from "../../registry/rules/rule-pattern.ts";

const COUNT_MAX = 0xffff_ffff;

const PatternSchema = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOfPattern(text);
    if (problem !== undefined)
      context.addIssue(`${JSON.stringify(text)} is no pattern: ${problem}`);
  })
  .openapi({
    description: "`scope`, `scope/level 1` or `scope/level 1/level 2`; each exact or `*`.",
    example: "tenant-1/*",
  });

const LimitsSchema = z
  .object({
    concurrency: z.number().int().min(1).max(COUNT_MAX).nullish().openapi({
      description: "Invocations that may run at a time.",
    }),
  })
  .openapi("RuleLimits");

export const RuleSchema = z
  .object({
    pattern: z.string(),
    limits: z.object({ concurrency: z.number().optional() }),
    description: z.string().optional(),
    disabled: z.boolean(),
    version: z.number(),
    last_modified_millis_since_epoch: z.number(),
  })
  .openapi("Rule");

const VersionSchema = z.number().int().min(0);

const PreconditionSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("none") }),
    z.object({ type: z.literal("matches"), version: VersionSchema }),
    z.object({ type: z.literal("does_not_exist") }),
  ])
  .openapi("RulePrecondition", { description: "What must hold for the whole change to be made." });

const DESCRIPTION_CHARS_MAX = 1000;

const RuleChangeSchema = z
  .object({
    pattern: PatternSchema,
    limits: LimitsSchema.nullish(),
    description: z.string().max(DESCRIPTION_CHARS_MAX).nullish(),
    disabled: z.boolean().nullish().openapi({ description: "Keep it without an effect." }),
    precondition: PreconditionSchema.nullish(),
  })
  .openapi("RuleChange");

export const RuleChangesSchema = z.array(RuleChangeSchema);

export const RuleRemovalsSchema = z.array(
  z
    .object({ pattern: PatternSchema, expected_version: VersionSchema.nullish() })
    .openapi("RuleRemoval"),
);

export type RuleResource = z.infer<typeof RuleSchema>;
type RuleChangeBody = z.infer<typeof RuleChangeSchema>;

export function toRule({ pattern, concurrency, description, ...rule }: LimitRule): RuleResource {
  return {
    pattern,
    limits: concurrency === undefined ? {} : { concurrency },
    ...(description === undefined ? {} : { description }),
    disabled: rule.disabled,
    version: rule.version,
    last_modified_millis_since_epoch: rule.modifiedAt,
  };
}

export function toRuleChange(body: RuleChangeBody): RuleChange {
  const concurrency = body.limits?.concurrency ?? undefined;
  const description = body.description ?? undefined;
  return {
    pattern: body.pattern,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(description === undefined ? {} : { description }),
    disabled: body.disabled ?? false,
    precondition: toPrecondition(body.precondition ?? { type: "none" }),
  };
}

function toPrecondition(body: z.infer<typeof PreconditionSchema>): Precondition {
  switch (body.type) {
    case "none":
      return { kind: "none" };
    case "matches":
      return { kind: "matches", version: body.version };
    case "does_not_exist":
      return { kind: "doesNotExist" };
  }
}
