/** `endpoint()` for runtimes with `fetch`. */
import { EndpointBuilder, type RestateEndpointBase } from "../endpoint-builder.ts";
import { createEndpointHandler, type FetchEndpointHandler } from "./endpoint-handler.ts";

/** Collects services and options; made by {@link endpoint}. */
export interface FetchEndpoint extends RestateEndpointBase<FetchEndpoint> {
  /** Lets messages go both ways at once, see `FetchEndpointOptions`. */
  bidirectional(set?: boolean): FetchEndpoint;
  /** What runtimes take as a module's default export. */
  handler(): { fetch: FetchEndpointHandler };
}

/** Builds an endpoint step by step. `createEndpointHandler` does the same in one call. */
export function endpoint(): FetchEndpoint {
  return new FetchEndpointBuilder();
}

class FetchEndpointBuilder extends EndpointBuilder implements FetchEndpoint {
  #bidirectional = false;

  bidirectional(set = true): this {
    this.#bidirectional = set;
    return this;
  }

  handler(): { fetch: FetchEndpointHandler } {
    return {
      fetch: createEndpointHandler({ ...this.options, bidirectional: this.#bidirectional }),
    };
  }
}
