/** What a request of the ingress asks for, from its path. */
import { HttpError } from "./http-error.ts";

export interface HandlerPath {
  readonly service: string;
  readonly key: string | undefined;
  readonly handler: string;
}

export type Route =
  | { readonly kind: "health" }
  | ({ readonly kind: "call" } & HandlerPath)
  | ({ readonly kind: "send" } & HandlerPath)
  | { readonly kind: "attach" | "output"; readonly invocationId: string }
  | ({
      readonly kind: "attach" | "output";
      readonly idempotencyKey: string;
    } & HandlerPath);

/** Whether the second segment of a path is a key depends on the service. */
export type IsKeyed = (service: string) => boolean;

const RESERVED = "restate";

/** Throws an {@link HttpError} for a path that means nothing. */
export function parseRoute(path: string, isKeyed: IsKeyed): Route {
  const segments = split(path);
  const [first = ""] = segments;
  if (first === RESERVED) return parseReserved(segments.slice(1), path, isKeyed);
  if (segments.length < 2 || segments.length > 4) throw badPath(path);
  const last = segments.at(-1);
  const sendLength = isKeyed(first) ? 4 : 3;
  if (last === "send" && segments.length === sendLength) {
    return { kind: "send", ...handlerPath(segments.slice(0, -1), path, isKeyed) };
  }
  return { kind: "call", ...handlerPath(segments, path, isKeyed) };
}

function split(path: string): string[] {
  const trimmed = path.replace(/^\/+/, "").replace(/\/$/, "");
  return trimmed.split("/");
}

function parseReserved(rest: readonly string[], path: string, isKeyed: IsKeyed): Route {
  const [verb, second] = rest;
  if (verb === "health" && rest.length === 1) return { kind: "health" };
  if ((verb === "call" || verb === "send") && rest.length >= 3) {
    return { kind: verb, ...handlerPath(rest.slice(1), path, isKeyed) };
  }
  if ((verb === "attach" || verb === "output") && rest.length === 2 && second !== undefined) {
    return { kind: verb, invocationId: second };
  }
  if (verb === "invocation") return parseInvocation(rest.slice(1), path, isKeyed);
  throw new HttpError(404, `there is nothing at ${path}`);
}

function parseInvocation(rest: readonly string[], path: string, isKeyed: IsKeyed): Route {
  const kind = rest.at(-1);
  if (kind !== "attach" && kind !== "output") {
    throw new HttpError(404, `there is nothing at ${path}: it should end in attach or output`);
  }
  const [first = ""] = rest;
  if (rest.length === 2) return { kind, invocationId: first };
  const idempotencyKey = decode(rest.at(-2) ?? "", path);
  return { kind, idempotencyKey, ...handlerPath(rest.slice(0, -2), path, isKeyed) };
}

function handlerPath(segments: readonly string[], path: string, isKeyed: IsKeyed): HandlerPath {
  const [service = "", second = "", third] = segments;
  if (segments.length === 3 && third !== undefined) {
    return { service, key: decode(second, path), handler: third };
  }
  if (segments.length !== 2) throw badPath(path);
  if (isKeyed(service)) {
    throw new HttpError(400, `bad path: ${service} has a key: call /${service}/<key>/${second}`);
  }
  return { service, key: undefined, handler: second };
}

function decode(segment: string, path: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: the cause is passed, behind the status
    throw new HttpError(400, `bad path: ${path} is not valid percent-encoding`, { cause });
  }
}

function badPath(path: string): HttpError {
  return new HttpError(
    400,
    `bad path: ${path} names no handler; call /<service>/[<key>/]<handler>`,
  );
}
