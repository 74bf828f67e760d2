/** Which part of an endpoint a request is for. Only the end of the path counts, so any prefix will do. */

export type Route =
  | { readonly kind: "health" }
  | { readonly kind: "discover" }
  | { readonly kind: "invoke"; readonly service: string; readonly handler: string }
  | { readonly kind: "unknown" };

const INVOKE = "/invoke";
const HEALTH: Route = { kind: "health" };
const DISCOVER: Route = { kind: "discover" };
const UNKNOWN: Route = { kind: "unknown" };

/** The route of a request line; `path` may have a query. */
export function parseRoute(method: string, path: string): Route {
  const query = path.indexOf("?");
  const end = query < 0 ? path.length : query;
  const beforeLast = path.lastIndexOf("/", end - 1);
  if (beforeLast < 0) return UNKNOWN;
  const last = path.slice(beforeLast + 1, end);
  if (method === "POST") return parseInvoke(path, beforeLast, last);
  if (method !== "GET") return UNKNOWN;
  if (last === "health") return HEALTH;
  return last === "discover" ? DISCOVER : UNKNOWN;
}

function parseInvoke(path: string, handlerAt: number, handler: string): Route {
  const serviceAt = path.lastIndexOf("/", handlerAt - 1);
  if (serviceAt < 0 || handlerAt === 0) return UNKNOWN;
  const service = path.slice(serviceAt + 1, handlerAt);
  const isInvoke = path.slice(0, serviceAt).endsWith(INVOKE);
  if (!isInvoke || service === "" || handler === "") return UNKNOWN;
  return { kind: "invoke", service, handler };
}
