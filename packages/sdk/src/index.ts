/** Write durable services in TypeScript. */

export type { AttemptPorts } from "./attempt/ports.ts";
export type { Context, ContextDate, Rand, RunAction, RunOptions } from "./context/context.ts";
export type { Request, Target } from "./context/request.ts";
export { createServiceHandler, handlers, type RemoveVoidArgument } from "./definitions/handler.ts";
export type {
  DefaultServiceOptions,
  RetryPolicy,
  ServiceHandlerOpts,
  ServiceOptions,
} from "./definitions/options.ts";
export {
  type Client,
  type ClientCallOptions,
  type ClientSendOptions,
  type GenericCall,
  type GenericSend,
  type InferArg,
  Opts,
  rpc,
  type SendClient,
  SendOpts,
} from "./definitions/rpc.ts";
export { type ServiceOpts, service } from "./definitions/service.ts";
export type {
  RestateContext,
  Service,
  ServiceDefinition,
  ServiceDefinitionFrom,
  ServiceHandler,
} from "./definitions/types.ts";
export type { Duration } from "./duration.ts";
export {
  createInProcessEndpoint,
  type InProcessAttempt,
  type InProcessEndpoint,
  type InProcessRequest,
  type InProcessSink,
} from "./endpoint/in-process.ts";
export { endpoint, type RestateEndpoint } from "./endpoint/node/endpoint-builder.ts";
export {
  createEndpointHandler,
  type NodeEndpointHandler,
  type NodeEndpointOptions,
} from "./endpoint/node/endpoint-handler.ts";
export { type ServeOptions, serve } from "./endpoint/node/serve.ts";
export type { EndpointOptions } from "./endpoint/options.ts";
export {
  CancelledError,
  PauseError,
  RestateError,
  RetryableError,
  type RetryableErrorOptions,
  TerminalError,
  TimeoutError,
} from "./errors.ts";
export {
  type LoggerContext,
  type LoggerTransport,
  type LogMetadata,
  LogSource,
  RestateLogLevel,
} from "./logging/logger.ts";
export {
  DurablePromise,
  DurablePromise as CombineablePromise,
  DurablePromise as RestatePromise,
  isDurablePromise,
  isDurablePromise as isRestatePromise,
} from "./promise/combine.ts";
export type {
  InvocationHandle,
  InvocationId,
  InvocationPromise,
} from "./promise/durable-promise.ts";
export type { CompletionItem } from "./promise/in-completion-order.ts";
export * as serde from "./serde/namespace.ts";
export type { Serde } from "./serde/serde.ts";
