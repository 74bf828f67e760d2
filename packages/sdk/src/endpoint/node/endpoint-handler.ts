/** An endpoint as a request listener for servers of the user's own. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createHttpEndpoint } from "../http/http-endpoint.ts";
import type { EndpointOptions } from "../options.ts";
import { toExchange } from "./node-exchange.ts";
import { createNodePorts } from "./ports/real-node-ports.ts";
import { serveExchange } from "./serve-exchange.ts";

/** See {@link createEndpointHandler}. */
export interface NodeEndpointOptions extends EndpointOptions {
  /**
   * Whether messages go both ways at once (`BIDI_STREAM`). By default they do over HTTP/2, and over
   * HTTP/1.1 the whole request comes before the response (`REQUEST_RESPONSE`), which every proxy
   * can carry. `true` and `false` decide for both.
   */
  bidirectional?: boolean;
}

/** Fits `http.createServer`, `http2.createServer` and `http2.createSecureServer`. */
export interface NodeEndpointHandler {
  (request: IncomingMessage, response: ServerResponse): void;
  (request: Http2ServerRequest, response: Http2ServerResponse): void;
}

/**
 * A request listener that serves `services`, under any path prefix:
 *
 * ```ts
 * http2.createServer(createEndpointHandler({ services: [greeter] })).listen(9080);
 * ```
 *
 * Throws for services that cannot be bound and for identity keys that are none.
 */
export function createEndpointHandler(options: NodeEndpointOptions): NodeEndpointHandler {
  const endpoint = createHttpEndpoint(options, { ports: createNodePorts() });
  return (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => {
    serveExchange(endpoint, toExchange(request, response, options.bidirectional));
  };
}
