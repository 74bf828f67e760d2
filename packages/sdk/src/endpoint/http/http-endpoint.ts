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
import { LogSource, RestateLogLevel } from "../../logging/logger.ts";
import { type Attempts, createAttempts } from "../attempts.ts";
import { RequestVerifier } from "../identity/request-verifier.ts";
import { createManifest } from "../manifest.ts";
import type { EndpointOptions } from "../options.ts";
import { captureEndpoint } from "../ports/real-capture.ts";
import { readEnvironment } from "../ports/real-ports.ts";
import { createAnswer, createErrorAnswer } from "./answers.ts";
import { AttemptPump, type PumpOutput } from "./attempt-pump.ts";
import { acceptConversion } from "./conversion.ts";
import { answerDiscovery } from "./discovery.ts";
import {
  type HttpAnswer,
  type HttpConversion,
  type HttpRequest,
  type HttpRequestHeaders,
  type HttpResponseHeaders,
  headerOf,
} from "./http-exchange.ts";
import { audienceOf, parseRoute, type Route } from "./routes.ts";
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

export type HttpOutcome = HttpAnswer | HttpConversion | HttpInvocation;

export interface HttpEndpoint {
  readonly ports: AttemptPorts;
  /**
   * Decides by the head of a request alone; at once, unless it must be verified first. `mode` is what
   * its transport can do.
   */
  handle(request: HttpRequest, mode: ProtocolMode): HttpOutcome | Promise<HttpOutcome>;
}

export interface HttpEndpointSetup {
  /** Those that are not given are the platform's. */
  readonly ports?: Partial<AttemptPorts>;
  /** How bodies may be compressed, if they may. */
  readonly lambdaCompression?: "zstd" | undefined;
}

const HEALTHY = createAnswer(200, "application/text", "OK");
const INVOCATION_HEADERS: Readonly<Record<ProtocolVersion, HttpResponseHeaders>> = {
  5: invocationHeaders(5),
  6: invocationHeaders(6),
  7: invocationHeaders(7),
};

/** Binds the services. Throws for services that cannot be bound and for keys that are none. */
export function createHttpEndpoint(
  options: EndpointOptions,
  { ports: given = {}, lambdaCompression }: HttpEndpointSetup = {},
): HttpEndpoint {
  captureEndpoint(options);
  const attempts = createAttempts(options, given);
  const { ports } = attempts;
  const manifest = {
    ...createManifest(options),
    ...(lambdaCompression === undefined ? {} : { lambdaCompression }),
  };
  const answer = (request: HttpRequest, route: Route, mode: ProtocolMode): HttpOutcome => {
    switch (route.kind) {
      case "health":
        return HEALTHY;
      case "discover":
        return answerDiscovery({ ...manifest, protocolMode: mode }, request);
      case "invoke":
        return acceptInvocation(attempts, request, route);
      case "convert":
        return acceptConversion(route, attempts.findHandler);
      case "unknown":
        return createErrorAnswer(404, `nothing is served at ${request.method} ${request.path}`);
    }
  };
  const verifier = createVerifier(options.identityKeys ?? [], ports);
  return {
    ports,
    handle(request, mode) {
      const route = parseRoute(request.method, request.path);
      if (verifier === undefined || route.kind === "health") return answer(request, route, mode);
      return verifier.findFault(request, audienceOf(route, request.path)).then((fault) => {
        if (fault === undefined) return answer(request, route, mode);
        logSystem(
          ports,
          RestateLogLevel.ERROR,
          `Refused ${request.method} ${request.path}: ${fault}`,
        );
        return createErrorAnswer(401, `the request is not authorized: ${fault}`);
      });
    },
  };
}

/** Undefined if requests are served whoever sends them. */
function createVerifier(keys: readonly string[], ports: AttemptPorts): RequestVerifier | undefined {
  if (keys.length > 0) {
    const text = `Serving requests that are signed with one of ${keys.join(", ")}`;
    const verifier = new RequestVerifier(keys, ports.now);
    logSystem(ports, RestateLogLevel.INFO, text);
    return verifier;
  }
  if (readEnvironment("NODE_ENV") === "production") {
    const text =
      "Serving requests whoever sends them: give the option identityKeys, or let only the server " +
      "reach this endpoint";
    logSystem(ports, RestateLogLevel.WARN, text);
  }
  return undefined;
}

function logSystem(ports: AttemptPorts, level: RestateLogLevel, text: string): void {
  if (ports.isLogged(level, false))
    ports.log({ source: LogSource.SYSTEM, level, replaying: false }, text);
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
          attempts.openAttempt(handler, new InvokeRequest(version, request), sink),
      }),
  };
}

/** What an attempt knows of its request. */
class InvokeRequest implements AttemptRequest {
  readonly version: ProtocolVersion;
  readonly #raw: HttpRequestHeaders;
  readonly extraArgs: readonly unknown[] | undefined;
  readonly logContext: Readonly<Record<string, string>> | undefined;

  constructor(version: ProtocolVersion, { headers, extraArgs, logContext }: HttpRequest) {
    this.version = version;
    this.#raw = headers;
    this.extraArgs = extraArgs;
    this.logContext = logContext;
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
