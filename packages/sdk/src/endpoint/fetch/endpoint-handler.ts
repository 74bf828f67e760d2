/** An endpoint as a function from a `Request` to a `Response`, for every runtime that has these. */
import { createErrorAnswer } from "../http/answers.ts";
import { createHttpEndpoint, type ProtocolMode } from "../http/http-endpoint.ts";
import type { HttpAnswer, HttpRequest } from "../http/http-exchange.ts";
import type { EndpointOptions } from "../options.ts";
import { FetchInvocation } from "./fetch-invocation.ts";

/** See {@link createEndpointHandler}. */
export interface FetchEndpointOptions extends EndpointOptions {
  /**
   * Whether messages go both ways at once (`BIDI_STREAM`): for runtimes that serve HTTP/2 and give
   * out a response while they still read its request. By default the whole request comes before the
   * response (`REQUEST_RESPONSE`), which every runtime and every proxy can carry.
   */
  bidirectional?: boolean;
}

/** What comes behind the request is for handlers: `ctx.request().extraArgs`. */
export type FetchEndpointHandler = (request: Request, ...extraArgs: unknown[]) => Promise<Response>;

/**
 * A function that serves `services`, under any path prefix:
 *
 * ```ts
 * export default { fetch: createEndpointHandler({ services: [greeter] }) };
 * ```
 *
 * Throws for services that cannot be bound and for identity keys that are none.
 */
export function createEndpointHandler(options: FetchEndpointOptions): FetchEndpointHandler {
  const endpoint = createHttpEndpoint(options);
  const mode: ProtocolMode = options.bidirectional === true ? "BIDI_STREAM" : "REQUEST_RESPONSE";
  return async (request, ...extraArgs) => {
    try {
      const outcome = await endpoint.handle(toHttpRequest(request, extraArgs), mode);
      if (outcome.kind === "answer") return toResponse(outcome);
      if (outcome.kind === "conversion") {
        return toResponse(await outcome.convert(new Uint8Array(await request.arrayBuffer())));
      }
      const invocation = new FetchInvocation(request, outcome);
      const isRead = invocation.read(mode === "BIDI_STREAM");
      if (mode === "REQUEST_RESPONSE") await isRead;
      return new Response(invocation.body, { status: 200, headers: outcome.headers });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return toResponse(createErrorAnswer(500, message));
    }
  };
}

function toHttpRequest(request: Request, extraArgs: readonly unknown[]): HttpRequest {
  const { pathname, search } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  return { method: request.method, path: `${pathname}${search}`, headers, extraArgs };
}

function toResponse({ status, headers, body }: HttpAnswer): Response {
  return new Response(typeof body === "string" ? body : new Uint8Array(body), { status, headers });
}
