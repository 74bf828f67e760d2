/** Ids and targets in requests: what cannot be understood is the caller's mistake. */
import { type AttachTarget, IdError } from "@rejoin/protocol";
import { z } from "zod";
import { HttpError } from "./http-error.ts";

const text = z.string();
const scope = { scope: text.optional() };
const schema = z.discriminatedUnion("target", [
  z.object({ target: z.literal("invocation"), invocationId: text }),
  z.object({
    target: z.literal("workflow"),
    workflowName: text,
    workflowKey: text,
    ...scope,
  }),
  z.object({
    target: z.literal("idempotentInvocation"),
    service: text,
    key: text.optional(),
    handler: text,
    idempotencyKey: text,
    ...scope,
  }),
]);

/** The invocation that a body names; throws an {@link HttpError} that says what is wrong with it. */
export function parseTarget(body: Uint8Array): AttachTarget {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new HttpError(400, `the body names no invocation: ${z.prettifyError(parsed.error)}`);
  }
  const { data } = parsed;
  const scoped = "scope" in data && data.scope !== undefined ? { scope: data.scope } : {};
  switch (data.target) {
    case "invocation":
      return { kind: "invocation", invocationId: data.invocationId };
    case "workflow":
      return { kind: "workflow", name: data.workflowName, key: data.workflowKey, ...scoped };
    case "idempotentInvocation": {
      const { service, handler, idempotencyKey, key } = data;
      const keyed = key === undefined ? {} : { key };
      return { kind: "idempotentRequest", service, handler, idempotencyKey, ...keyed, ...scoped };
    }
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(body));
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: the cause is passed, behind the status
    throw new HttpError(400, "the body is not JSON", { cause });
  }
}

export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What `read` gives; an id that is none is the caller's mistake. `what`: such as "invocation id x". */
export function readId<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof IdError)) throw error;
    // biome-ignore lint/style/useErrorCause: the cause is passed, behind the status
    throw new HttpError(400, `bad ${what}: ${error.message}`, { cause: error });
  }
}
