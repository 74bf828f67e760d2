/** Which part of an endpoint a request is for. Only the end of the path counts, so any prefix will do. */

export type Route =
  | { readonly kind: "health" }
  | { readonly kind: "discover" }
  | { readonly kind: "invoke"; readonly service: string; readonly handler: string }
  | { readonly kind: "unknown" };

const HEALTH: Route = { kind: "health" };
const DISCOVER: Route = { kind: "discover" };
const UNKNOWN: Route = { kind: "unknown" };

/** The route of a request line; `path` may have a query. */
export function parseRoute(method: string, path: string): Route {
  const query = path.indexOf("?");
  const segments = (query < 0 ? path : path.slice(0, query)).split("/");
  const last = segments.at(-1);
  if (method === "POST") {
    const service = segments.at(-2);
    if (segments.length < 4 || segments.at(-3) !== "invoke") return UNKNOWN;
    if (service === undefined || service === "" || last === undefined || last === "") {
      return UNKNOWN;
    }
    return { kind: "invoke", service, handler: last };
  }
  if (method !== "GET" || segments.length < 2) return UNKNOWN;
  if (last === "health") return HEALTH;
  return last === "discover" ? DISCOVER : UNKNOWN;
}
