/** `endpoint()` for Node. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { EndpointBuilder, type RestateEndpointBase } from "../endpoint-builder.ts";
import { createEndpointHandler, type NodeEndpointHandler } from "./endpoint-handler.ts";
import { serve } from "./serve.ts";

/** Whether messages go both ways at once; see `NodeEndpointOptions`. */
export interface HandlerOptions {
  bidirectional?: boolean;
}

/** Collects services and options; made by {@link endpoint}. */
export interface RestateEndpoint extends RestateEndpointBase<RestateEndpoint> {
  /** Serves the services as `serve` does; resolves with the port. */
  listen(port?: number): Promise<number>;
  /** A request listener for `http2.createServer`. */
  http2Handler(
    options?: HandlerOptions,
  ): (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  /** A request listener for `http.createServer`. */
  http1Handler(
    options?: HandlerOptions,
  ): (request: IncomingMessage, response: ServerResponse) => void;
  /** A request listener for servers that speak both. */
  handler(options?: HandlerOptions): NodeEndpointHandler;
}

/** Builds an endpoint step by step. `serve` and `createEndpointHandler` do the same in one call. */
export function endpoint(): RestateEndpoint {
  return new NodeEndpointBuilder();
}

class NodeEndpointBuilder extends EndpointBuilder implements RestateEndpoint {
  listen(port?: number): Promise<number> {
    return serve({ ...this.options, ...(port === undefined ? {} : { port }) });
  }

  http2Handler(options?: HandlerOptions): NodeEndpointHandler {
    return this.handler(options);
  }

  http1Handler(options?: HandlerOptions): NodeEndpointHandler {
    return this.handler(options);
  }

  handler(options: HandlerOptions = {}): NodeEndpointHandler {
    return createEndpointHandler({ ...this.options, ...options });
  }
}
