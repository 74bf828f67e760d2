/** Which part of an endpoint a request is for. Only the end of the path counts, so any prefix will do. */

export type Route =
  | { readonly kind: "health" }
  | { readonly kind: "discover" }
  | { readonly kind: "invoke"; readonly service: string; readonly handler: string }
  | ConversionRoute
  | { readonly kind: "unknown" };

/** A value of a handler, between bytes and the text that operators' tools show. */
export interface ConversionRoute {
  readonly kind: "convert";
  readonly service: string;
  readonly direction: "encode" | "decode";
  /** `<handler>/input` or `<handler>/output`. */
  readonly serde: string;
}

const INVOKE = "/invoke";
/** The name of a serde has a slash, as it is or percent-encoded. */
const CONVERSION = /(?:^|\/)serdes\/([^/]+)\/(encode|decode)\/([^/]+?(?:\/|%2F)(?:input|output))$/i;
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
  if (method === "POST") {
    const route = parseInvoke(path, beforeLast, last);
    return route.kind === "unknown" ? parseConversion(path.slice(0, end)) : route;
  }
  if (method !== "GET") return UNKNOWN;
  if (last === "health") return HEALTH;
  return last === "discover" ? DISCOVER : UNKNOWN;
}

/** What a request is signed for: what it asks, without the prefix under which the endpoint lives. */
export function audienceOf(route: Route, path: string): string {
  switch (route.kind) {
    case "health":
      return "/health";
    case "discover":
      return "/discover";
    case "invoke":
      return `${INVOKE}/${route.service}/${route.handler}`;
    case "convert":
      return `/serdes/${route.service}/${route.direction}/${route.serde}`;
    case "unknown":
      return path;
  }
}

function parseInvoke(path: string, handlerAt: number, handler: string): Route {
  const serviceAt = path.lastIndexOf("/", handlerAt - 1);
  if (serviceAt < 0 || handlerAt === 0) return UNKNOWN;
  const service = path.slice(serviceAt + 1, handlerAt);
  const isInvoke = path.slice(0, serviceAt).endsWith(INVOKE);
  if (!isInvoke || service === "" || handler === "") return UNKNOWN;
  return { kind: "invoke", service, handler };
}

function parseConversion(path: string): Route {
  const [, service = "", direction, name = ""] = CONVERSION.exec(path) ?? [];
  if (direction !== "encode" && direction !== "decode") return UNKNOWN;
  return { kind: "convert", service, direction, serde: name.replace(/%2F/i, "/") };
}
