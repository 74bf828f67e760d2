/** Ids and targets in requests: what cannot be understood is the caller's mistake. */
import { type AttachTarget, IdError } from "@rejoin/protocol";
import { HttpError } from "./http-error.ts";

/** The fields of a body by what it calls its target; all are strings. Others are left alone. */
const FIELDS = {
  invocation: { needed: ["invocationId"], possible: [] },
  workflow: { needed: ["workflowName", "workflowKey"], possible: ["scope"] },
  idempotentInvocation: {
    needed: ["service", "handler", "idempotencyKey"],
    possible: ["key", "scope"],
  },
} as const;

type Fields = typeof FIELDS;
type Body = {
  readonly [K in keyof Fields]: { readonly target: K } & Readonly<
    Record<Fields[K]["needed"][number], string>
  > &
    Readonly<Partial<Record<Fields[K]["possible"][number], string>>>;
}[keyof Fields];

/** The invocation that a body names; throws an {@link HttpError} that says what is wrong with it. */
export function parseTarget(body: Uint8Array): AttachTarget {
  const value = parseJson(body);
  const issue = findIssue(value);
  if (issue !== undefined) throw new HttpError(400, `the body names no invocation: ${issue}`);
  const named = value as Body;
  const scoped = "scope" in named && named.scope !== undefined ? { scope: named.scope } : {};
  switch (named.target) {
    case "invocation":
      return { kind: "invocation", invocationId: named.invocationId };
    case "workflow":
      return { kind: "workflow", name: named.workflowName, key: named.workflowKey, ...scoped };
    case "idempotentInvocation": {
      const { service, handler, idempotencyKey, key } = named;
      const keyed = key === undefined ? {} : { key };
      return { kind: "idempotentRequest", service, handler, idempotencyKey, ...keyed, ...scoped };
    }
  }
}

/** Why the value is no {@link Body}; `undefined` if it is one. */
function findIssue(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it is no JSON object";
  const body = value as Readonly<Record<string, unknown>>;
  const { target } = body;
  if (typeof target !== "string" || !Object.hasOwn(FIELDS, target)) {
    return `its target must be one of ${Object.keys(FIELDS).join(", ")}`;
  }
  const { needed, possible } = FIELDS[target as keyof Fields];
  const isWrong = (name: string) => typeof body[name] !== "string";
  const wrong = [
    ...needed.filter(isWrong),
    ...possible.filter((name) => body[name] !== undefined && isWrong(name)),
  ];
  return wrong.length === 0 ? undefined : `${wrong.join(" and ")} must be a string`;
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
