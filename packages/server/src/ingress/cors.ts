/** Cross-origin requests: any page may call, with its credentials. */
import type { IngressRequest, IngressResponse } from "./ingress.ts";

const EXPOSED = "x-restate-id, x-restate-error-source, idempotency-expires, retry-after";

/** The answer to a preflight request, `undefined` for any other. */
export function answerPreflight(request: IngressRequest): IngressResponse | undefined {
  const method = request.header("access-control-request-method");
  if (request.method !== "OPTIONS" || method === undefined) return undefined;
  const headers = request.header("access-control-request-headers");
  return {
    status: 200,
    headers: {
      "access-control-allow-methods": method,
      ...(headers === undefined ? {} : { "access-control-allow-headers": headers }),
      "access-control-max-age": "86400",
      vary: "origin, access-control-request-method, access-control-request-headers",
    },
    body: "",
  };
}

/** The headers that let the page of `origin` read an answer. */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": EXPOSED,
  };
}
