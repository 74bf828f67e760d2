/** One request to the ingress of a simulated process, and what its answer says. */
import { type InvocationKey, parseInvocationId } from "@rejoin/protocol";
import type { IngressRequest, IngressResponse } from "@rejoin/server";
import { parseValue } from "./checker/digest.ts";
import type { Flow } from "./flow/flow-plan.ts";
import type { Outcome } from "./program/program.ts";
import type { SimProcess } from "./sim-process.ts";

export interface Question {
  readonly path: string;
  /** Milliseconds, of a send. */
  readonly delayMs?: number;
  readonly idempotencyKey?: string;
  /** See {@link scopedPath} for the scope that it needs. */
  readonly limitKey?: string;
  readonly body?: unknown;
}

/** The path of a call or send in a scope. */
export function scopedPath(path: string, flow: Flow | undefined): string {
  if (flow === undefined) return path;
  const isSend = path.endsWith(SEND);
  const target = isSend ? path.slice(0, -SEND.length) : path;
  return `/restate/scope/${flow.scope}/${isSend ? "send" : "call"}${target}`;
}

const SEND = "/send";

export function limitKeyOf(flow: Flow | undefined): { readonly limitKey?: string } {
  return flow?.limitKey === undefined ? {} : { limitKey: flow.limitKey };
}

/**
 * `accepted`: 202, of an invocation. `done`: 202, of anything else. `result`: what the invocation came to. `notReady`: 470. `notFound`: 404.
 * `tryAgain`: the server could not say. `lost`: the connection broke. `other`: none of these.
 */
export type Answer =
  | { readonly kind: "accepted"; readonly key: InvocationKey }
  | { readonly kind: "result"; readonly key: InvocationKey; readonly outcome: Outcome }
  | { readonly kind: "done" | "notReady" | "notFound" | "tryAgain" | "lost" }
  | { readonly kind: "other"; readonly text: string };

/** A request under way. */
export interface Asking {
  readonly answer: Promise<Answer>;
  /** Whoever asked goes away. */
  hangUp(): void;
}

export function ask(process: SimProcess, question: Question): Asking {
  let onGone: () => void = () => undefined;
  let hungUp: () => void = () => undefined;
  const gone = new Promise<Answer>((resolve) => {
    hungUp = () => resolve({ kind: "lost" });
  });
  const { core } = process;
  if (core === undefined) {
    return { answer: Promise.resolve({ kind: "lost" }), hangUp: () => undefined };
  }
  const request = toRequest(question, (callback) => {
    onGone = callback;
  });
  const lost = process.ended.then((): Answer => ({ kind: "lost" }));
  return {
    answer: Promise.race([core.ingress.handle(request).then(toAnswer), lost, gone]),
    hangUp: () => {
      onGone();
      hungUp();
    },
  };
}

function toRequest(
  { path, delayMs, idempotencyKey, limitKey, body }: Question,
  onGone: IngressRequest["onGone"],
): IngressRequest {
  const query = new URLSearchParams(delayMs === undefined ? "" : `delay=${delayMs}ms`);
  const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
  const headers: Record<string, string | undefined> = {
    "content-type": body === undefined ? undefined : "application/json",
    "idempotency-key": idempotencyKey,
    "x-restate-limit-key": limitKey,
  };
  return {
    method: body === undefined ? "GET" : "POST",
    path,
    query,
    pathAndQuery: path,
    headers: [],
    header: (name) => headers[name],
    body: () => Promise.resolve(bytes),
    onGone,
  };
}

function toAnswer({ status, headers, body }: IngressResponse): Answer {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const id = headers["x-restate-id"];
  if (headers["x-restate-error-source"] === "ingress") return toRefusal(status, text);
  if (id === undefined && status === 404) return { kind: "notFound" };
  if (id === undefined && status === 202) return { kind: "done" };
  if (id === undefined) return { kind: "other", text: `${status} ${text}` };
  const key = parseInvocationId(id);
  if (status === 202) return { kind: "accepted", key };
  if (status !== 200) return { kind: "result", key, outcome: { ok: false, code: status } };
  const outcome = parseValue(text);
  if (outcome === undefined) return { kind: "other", text: `200 ${text}` };
  return { kind: "result", key, outcome };
}

function toRefusal(status: number, text: string): Answer {
  if (status === 429 || status === 503) return { kind: "tryAgain" };
  if (status === 470) return { kind: "notReady" };
  if (status === 404) return { kind: "notFound" };
  return { kind: "other", text: `${status} ${text}` };
}
