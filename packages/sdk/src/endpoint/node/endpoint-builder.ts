/** `endpoint()`: the options of an endpoint, one call at a time. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { DefaultServiceOptions } from "../../definitions/options.ts";
import type { ServiceDefinition } from "../../definitions/types.ts";
import type { LoggerTransport } from "../../logging/logger.ts";
import type { EndpointOptions } from "../options.ts";
import { createEndpointHandler, type NodeEndpointHandler } from "./endpoint-handler.ts";
import { serve } from "./serve.ts";

/** Whether messages go both ways at once; see `NodeEndpointOptions`. */
export interface HandlerOptions {
  bidirectional?: boolean;
}

/** Collects services and options; made by {@link endpoint}. */
export interface RestateEndpoint {
  /** Adds a service. */
  bind<P extends string, M>(service: ServiceDefinition<P, M>): RestateEndpoint;
  /** Not supported yet: throws. */
  withIdentityV1(...keys: string[]): RestateEndpoint;
  /** Options of every service that does not set them itself. */
  defaultServiceOptions(options: DefaultServiceOptions): RestateEndpoint;
  /** Replaces the console. */
  setLogger(logger: LoggerTransport): RestateEndpoint;
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
  return new EndpointBuilder();
}

class EndpointBuilder implements RestateEndpoint {
  readonly #options: EndpointOptions = { services: [] };

  bind<P extends string, M>(service: ServiceDefinition<P, M>): this {
    this.#options.services.push(service);
    return this;
  }

  withIdentityV1(..._keys: string[]): this {
    throw new Error(
      "withIdentityV1 is not supported yet: requests would be served without checking who sends " +
        "them. Leave it out, and let only the server reach this endpoint.",
    );
  }

  defaultServiceOptions(options: DefaultServiceOptions): this {
    this.#options.defaultServiceOptions = options;
    return this;
  }

  setLogger(logger: LoggerTransport): this {
    this.#options.logger = logger;
    return this;
  }

  listen(port?: number): Promise<number> {
    return serve({ ...this.#options, ...(port === undefined ? {} : { port }) });
  }

  http2Handler(options?: HandlerOptions): NodeEndpointHandler {
    return this.handler(options);
  }

  http1Handler(options?: HandlerOptions): NodeEndpointHandler {
    return this.handler(options);
  }

  handler(options: HandlerOptions = {}): NodeEndpointHandler {
    return createEndpointHandler({ ...this.#options, ...options });
  }
}
