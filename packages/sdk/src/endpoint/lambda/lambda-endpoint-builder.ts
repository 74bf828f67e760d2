/** `endpoint()` for AWS Lambda. */
import { EndpointBuilder, type RestateEndpointBase } from "../endpoint-builder.ts";
import { createEndpointHandler, type LambdaEndpointHandler } from "./endpoint-handler.ts";

/** Collects services and options; made by {@link endpoint}. */
export interface LambdaEndpoint extends RestateEndpointBase<LambdaEndpoint> {
  /** What a module exports for AWS Lambda to call. */
  handler(): LambdaEndpointHandler;
}

/** Builds an endpoint step by step. `createEndpointHandler` does the same in one call. */
export function endpoint(): LambdaEndpoint {
  return new LambdaEndpointBuilder();
}

class LambdaEndpointBuilder extends EndpointBuilder implements LambdaEndpoint {
  handler(): LambdaEndpointHandler {
    return createEndpointHandler(this.options);
  }
}
