/** The HTTP surface of an endpoint, without any transport: heads of requests in, answers out. */
import {
  type EndpointManifest,
  HEADERS,
  invocationContentType,
  type ProtocolVersion,
  parseInvocationContentType,
} from "@rejoin/protocol";
import type { AttemptRequest } from "../../attempt/attempt.ts";
import type { AttemptPorts } from "../../attempt/ports.ts";
import { type Attempts, createAttempts } from "../in-process.ts";
import { createManifest } from "../manifest.ts";
import type { EndpointOptions } from "../options.ts";
import { createAnswer, createErrorAnswer } from "./answers.ts";
import { AttemptPump, type PumpOutput } from "./attempt-pump.ts";
import { answerDiscovery } from "./discovery.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpRequestHeaders,
  type HttpResponseHeaders,
  headerOf,
} from "./http-exchange.ts";
import { parseRoute } from "./routes.ts";
import { SERVER_NAME } from "./version.ts";

/** Whether messages go both ways at once, or the whole request comes before the response. */
export type ProtocolMode = EndpointManifest["protocolMode"];

/** An invocation that was accepted: its response is a stream with status 200. */
export interface HttpInvocation {
  readonly kind: "invocation";
  readonly headers: HttpResponseHeaders;
  /** Once: opens the attempt. The request's bytes go to the pump, what it writes to `output`. */
  open(output: PumpOutput): AttemptPump;
}

export interface HttpEndpoint {
  readonly ports: AttemptPorts;
  /** Decides by the head of a request alone. `mode` is what its transport can do. */
  handle(request: HttpRequest, mode: ProtocolMode): HttpAnswer | HttpInvocation;
}

const HEALTHY = createAnswer(200, "application/text", "OK");
const INVOCATION_HEADERS: Readonly<Record<ProtocolVersion, HttpResponseHeaders>> = {
  5: invocationHeaders(5),
  6: invocationHeaders(6),
  7: invocationHeaders(7),
};

/** Binds the services. Ports that are not given are the platform's. */
export function createHttpEndpoint(
  options: EndpointOptions,
  ports: Partial<AttemptPorts> = {},
): HttpEndpoint {
  if (options.identityKeys !== undefined && options.identityKeys.length > 0) {
    throw new Error(
      "identityKeys is not supported yet: requests would be served without checking who sends " +
        "them. Leave it out, and let only the server reach this endpoint.",
    );
  }
  const attempts = createAttempts(options, ports);
  const manifest = createManifest(options);
  return {
    ports: attempts.ports,
    handle(request, mode) {
      const route = parseRoute(request.method, request.path);
      switch (route.kind) {
        case "health":
          return HEALTHY;
        case "discover":
          return answerDiscovery({ ...manifest, protocolMode: mode }, request);
        case "invoke":
          return acceptInvocation(attempts, request, route);
        case "unknown":
          return createErrorAnswer(404, `nothing is served at ${request.method} ${request.path}`);
      }
    },
  };
}

function acceptInvocation(
  attempts: Attempts,
  request: HttpRequest,
  target: { readonly service: string; readonly handler: string },
): HttpAnswer | HttpInvocation {
  const contentType = headerOf(request, HEADERS.contentType);
  if (contentType === undefined) return createErrorAnswer(415, "the request has no content-type");
  const handler = attempts.findHandler(target.service, target.handler);
  if (handler === undefined) {
    return createErrorAnswer(404, `there is no handler ${target.service}/${target.handler}`);
  }
  const version = parseInvocationContentType(contentType);
  if (version === undefined) {
    const spoken = `${invocationContentType(5)} to v7`;
    return createErrorAnswer(
      415,
      `the content-type ${JSON.stringify(contentType)} is not one of ${spoken}`,
    );
  }
  return {
    kind: "invocation",
    headers: INVOCATION_HEADERS[version],
    open: (output) =>
      new AttemptPump({
        version,
        output,
        openAttempt: (sink) =>
          attempts.openAttempt(handler, new InvokeRequest(version, request.headers), sink),
      }),
  };
}

/** What an attempt knows of its request. */
class InvokeRequest implements AttemptRequest {
  readonly version: ProtocolVersion;
  readonly #raw: HttpRequestHeaders;

  constructor(version: ProtocolVersion, raw: HttpRequestHeaders) {
    this.version = version;
    this.#raw = raw;
  }

  /** Put together when they are asked for: few handlers do. */
  get headers(): ReadonlyMap<string, string | string[] | undefined> {
    return new Map(Object.entries(this.#raw).filter(([name]) => !name.startsWith(":")));
  }
}

function invocationHeaders(version: ProtocolVersion): HttpResponseHeaders {
  return {
    [HEADERS.contentType]: invocationContentType(version),
    [HEADERS.server]: SERVER_NAME,
  };
}
