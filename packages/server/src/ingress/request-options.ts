/** What a request says besides its path and body: its delay, its limit key, its headers. */

import type { Target } from "@rejoin/engine";
import { flowControlProblem, type Header } from "@rejoin/protocol";
import { parseDuration } from "../duration.ts";
import { HttpError } from "./http-error.ts";
import type { IngressRequest } from "./ingress-request.ts";
import type { InvokeRoute } from "./routes.ts";

/** A thousand years: every instant up to there has a date. */
const DELAY_MS_MAX = 1000 * 365.25 * 24 * 60 * 60 * 1000;
const SHOWN_TEXT_MAX = 40;
const NOT_FORWARDED = new Set(["connection", "host", "idempotency-key", "idempotency-expires"]);

/** How long a send is to be put off, in milliseconds. */
export function readDelay(route: InvokeRoute, request: IngressRequest): number | undefined {
  const names = [...request.query.keys()].filter((name) => name.toLowerCase() === "delay");
  const [name] = names;
  if (name === undefined) return undefined;
  if (route.kind === "call") {
    throw new HttpError(400, "a call cannot be delayed: only a send takes ?delay=");
  }
  const text = request.query.get(name) ?? "";
  const delayMs = parseDuration(text);
  if (delayMs !== undefined && delayMs > DELAY_MS_MAX) {
    throw new HttpError(400, `the delay ${JSON.stringify(shown(text))} is longer than 1000 years`);
  }
  if (delayMs === undefined) {
    throw new HttpError(
      400,
      `bad delay ${JSON.stringify(shown(text))}: write it like 10s, 1h30m or PT60S`,
    );
  }
  return delayMs;
}

/** A text of the user's, cut to what fits a message. */
function shown(text: string): string {
  return text.length <= SHOWN_TEXT_MAX ? text : `${text.slice(0, SHOWN_TEXT_MAX)}…`;
}

/** What the handler gets as its headers. */
export function forwardedHeaders(request: IngressRequest): readonly Header[] {
  const headers: Header[] = [{ key: "x-restate-ingress-path", value: request.pathAndQuery }];
  for (const header of request.headers) {
    if (!NOT_FORWARDED.has(header.key)) headers.push(header);
  }
  return headers;
}

/** What the invocation is counted under, "" for nothing; throws if that makes no sense. */
export function readLimitKey(route: InvokeRoute, request: IngressRequest): string {
  const query = request.query.get("limit-key") ?? "";
  const limitKey = request.header("x-restate-limit-key") ?? query;
  const found = flowControlProblem(route.scope, limitKey);
  if (found !== undefined) throw new HttpError(400, `bad flow control: ${found}`);
  if (route.scope === "") throw new HttpError(400, "bad flow control: the scope is empty");
  return limitKey;
}

/** The key that makes a request one with others that have it. */
export function readIdempotencyKey(target: Target, request: IngressRequest): string | undefined {
  const key = request.header("idempotency-key");
  if (key === "") throw new HttpError(400, "the idempotency-key header is empty");
  if (key !== undefined && target.handlerKind === "workflow") {
    throw new HttpError(
      400,
      `${target.service}/${target.handler} runs once for each key: it takes no idempotency key`,
    );
  }
  return key;
}
