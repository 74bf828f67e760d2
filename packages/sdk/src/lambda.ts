/** The entry for AWS Lambda. */

export * from "./common-api.ts";
export {
  createEndpointHandler,
  type LambdaEndpointHandler,
} from "./endpoint/lambda/endpoint-handler.ts";
export type { LambdaAnswer, LambdaEvent } from "./endpoint/lambda/event.ts";
export { endpoint, type LambdaEndpoint } from "./endpoint/lambda/lambda-endpoint-builder.ts";
