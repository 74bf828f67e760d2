/** What a request of the ingress asks for, from its path. */
import { HttpError } from "./http-error.ts";

export interface HandlerPath {
  readonly service: string;
  readonly key: string | undefined;
  readonly handler: string;
}

export type Route =
  | { readonly kind: "health" }
  | InvokeRoute
  | ResultRoute
  /** The body says of which invocation. */
  | { readonly kind: "target"; readonly verb: "attach" | "output" | "lookup" }
  | {
      readonly kind: "awakeable";
      readonly verb: "resolve" | "reject";
      readonly awakeableId: string;
    };

export interface InvokeRoute extends HandlerPath {
  readonly kind: "call" | "send";
  readonly scope?: string;
}

export type ResultRoute = { readonly kind: "attach" | "output" } & (
  | { readonly invocationId: string }
  | ({ readonly idempotencyKey: string } & HandlerPath)
  | { readonly workflow: string; readonly key: string }
);

/** Whether the second segment of a path is a key depends on the service. */
export type IsKeyed = (service: string) => boolean;

const RESERVED = "restate";
/** Never a service: kept for descriptions of the API. */
const OPENAPI = "openapi";

/** Throws an {@link HttpError} for a path that means nothing. */
export function parseRoute(path: string, isKeyed: IsKeyed): Route {
  const segments = split(path);
  const [first = ""] = segments;
  if (first === RESERVED) return parseReserved(segments.slice(1), path, isKeyed);
  if (first === OPENAPI) throw nothingAt(path);
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
  if (isTargetVerb(verb) && rest.length === 1) return { kind: "target", verb };
  if ((verb === "attach" || verb === "output") && rest.length === 2 && second !== undefined) {
    return { kind: verb, invocationId: second };
  }
  if (verb === "invocation") return parseInvocation(rest.slice(1), path, isKeyed);
  if (verb === "workflow") return parseWorkflow(rest.slice(1), path);
  if (verb === "scope") return parseScoped(rest.slice(1), path, isKeyed);
  if (verb === "awakeables" || verb === "a") return parseAwakeable(rest.slice(1), path);
  throw nothingAt(path);
}

function isTargetVerb(verb: string | undefined): verb is "attach" | "output" | "lookup" {
  return verb === "attach" || verb === "output" || verb === "lookup";
}

function nothingAt(path: string): HttpError {
  return new HttpError(404, `there is nothing at ${path}`);
}

function parseWorkflow(rest: readonly string[], path: string): Route {
  const [workflow, key, kind] = rest;
  const isResult = kind === "attach" || kind === "output";
  if (workflow === undefined || key === undefined || !isResult || rest.length !== 3) {
    throw new HttpError(
      404,
      `there is nothing at ${path}: ask at /restate/workflow/<name>/<key>/attach or …/output`,
    );
  }
  return { kind, workflow, key: decode(key, path) };
}

function parseScoped(rest: readonly string[], path: string, isKeyed: IsKeyed): Route {
  const [scope, kind] = rest;
  if (scope === undefined || (kind !== "call" && kind !== "send") || rest.length < 4) {
    throw new HttpError(
      404,
      `there is nothing at ${path}: call at /restate/scope/<scope>/call/<service>/<handler>`,
    );
  }
  return { kind, scope: decode(scope, path), ...handlerPath(rest.slice(2), path, isKeyed) };
}

function parseAwakeable(rest: readonly string[], path: string): Route {
  const [awakeableId, verb] = rest;
  const isVerb = verb === "resolve" || verb === "reject";
  if (awakeableId === undefined || !isVerb || rest.length !== 2) {
    throw new HttpError(404, `there is nothing at ${path}: it should end in resolve or reject`);
  }
  return { kind: "awakeable", verb, awakeableId };
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
