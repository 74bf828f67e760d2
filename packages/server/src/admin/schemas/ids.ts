/** Ids in paths. */
import { z } from "@hono/zod-openapi";
import { IdError, parseDeploymentId, parseInvocationId } from "@rejoin/protocol";
import { isEmbeddedId } from "../../registry/deployment-id.ts";
import { isCursor } from "../resources/cursor.ts";

/** `dp_…`, or `embedded:<name>` for services that run inside the server. */
export const DeploymentIdSchema = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOfDeploymentId(text);
    if (problem === undefined) return;
    context.addIssue(`Cannot parse \`deployment\` with value \`${text}\`: ${problem}`);
  })
  .openapi({ param: { name: "deployment", in: "path" }, example: "dp_11nGQpCRmau6ypL82KH2TnP" });

export const InvocationIdSchema = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOf(() => parseInvocationId(text));
    if (problem === undefined) return;
    context.addIssue(`Cannot parse \`invocation\` with value \`${text}\`: ${problem}`);
  })
  .openapi({
    param: { name: "invocation", in: "path" },
    example: "inv_12kpUQONmeFb2WqsVOkAjH4phS34cOyIC8",
  });

/** In a body. */
export const InvocationIdTextSchema = z.string().superRefine((text, context) => {
  const problem = problemOf(() => parseInvocationId(text));
  if (problem === undefined) return;
  context.addIssue(`${JSON.stringify(text)} is no invocation id: ${problem}`);
});

/** Where an earlier page of invocations has ended. */
export const CursorSchema = z
  .string()
  .refine((text) => isCursor(text) || problemOf(() => parseInvocationId(text)) === undefined, {
    error: "it must be the next of an earlier page",
  })
  .openapi({ description: "The next of an earlier page." });

/** Why `text` is no id of a deployment; `undefined` if it is one. */
export function problemOfDeploymentId(text: string): string | undefined {
  return isEmbeddedId(text) ? undefined : problemOf(() => parseDeploymentId(text));
}

function problemOf(parse: () => void): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof IdError) return error.message;
    throw error;
  }
}
