/** What users import whatever their runtime: definitions, contexts, promises, errors, serdes. */

export type { Duration, JournalValueCodec, Serde } from "@rejoin/protocol";
export type {
  Awakeable,
  Context,
  ContextDate,
  InvocationReference,
  Rand,
  RunAction,
  RunOptions,
  ScopedContext,
  SignalReference,
} from "./context/context.ts";
export type {
  KeyValueStore,
  ObjectContext,
  ObjectSharedContext,
  TypedState,
  UntypedState,
  WorkflowContext,
  WorkflowSharedContext,
} from "./context/keyed-context.ts";
export type { Request, Target } from "./context/request.ts";
export type {
  Descriptor,
  DescriptorOpts,
  HandlerDescriptor,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  ServiceDescriptor,
  WorkflowDescriptor,
} from "./definitions/descriptor.ts";
export {
  createObjectHandler,
  createObjectSharedHandler,
  createServiceHandler,
  createWorkflowHandler,
  createWorkflowSharedHandler,
  handlers,
  type RemoveVoidArgument,
} from "./definitions/handler.ts";
export { iface, type ServiceInterface } from "./definitions/iface.ts";
export {
  type FnOf,
  type ImplementedDefinition,
  type ImplementedObjectDefinition,
  type ImplementedServiceDefinition,
  type ImplementedWorkflowDefinition,
  implement,
  type ObjectImplHandlers,
  type ObjectPerHandlerOpts,
  type ServiceImplHandlers,
  type ServicePerHandlerOpts,
  type WorkflowImplHandlers,
  type WorkflowPerHandlerOpts,
} from "./definitions/implement.ts";
export { type ObjectOpts, object } from "./definitions/object.ts";
export type {
  DefaultServiceOptions,
  ObjectHandlerOpts,
  ObjectOptions,
  RetryPolicy,
  ServiceHandlerOpts,
  ServiceOptions,
  WorkflowHandlerOpts,
  WorkflowOptions,
} from "./definitions/options.ts";
export {
  type Client,
  type ClientCallOptions,
  type ClientFromDescriptors,
  type ClientSendOptions,
  type GenericCall,
  type GenericSend,
  type InferArg,
  Opts,
  rpc,
  type SendClient,
  type SendClientFromDescriptors,
  SendOpts,
} from "./definitions/rpc.ts";
export { type ServiceOpts, service } from "./definitions/service.ts";
export type {
  AnyDefinition,
  ObjectHandler,
  RestateContext,
  RestateObjectContext,
  RestateObjectSharedContext,
  RestateWorkflowContext,
  RestateWorkflowSharedContext,
  Service,
  ServiceDefinition,
  ServiceDefinitionFrom,
  ServiceHandler,
  VirtualObject,
  VirtualObjectDefinition,
  VirtualObjectDefinitionFrom,
  Workflow,
  WorkflowDefinition,
  WorkflowDefinitionFrom,
  WorkflowHandler,
  WorkflowSharedHandler,
} from "./definitions/types.ts";
export { type WorkflowOpts, workflow } from "./definitions/workflow.ts";
export type { RestateEndpointBase } from "./endpoint/endpoint-builder.ts";
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
export type { Hooks, HooksProvider, Interceptor } from "./hooks.ts";
export * as internal from "./internal.ts";
export {
  type LoggerContext,
  type LoggerTransport,
  type LogMetadata,
  LogSource,
  RestateLogLevel,
} from "./logging/logger.ts";
export {
  isRestatePromise,
  RestatePromise,
  RestatePromise as CombineablePromise,
} from "./promise/combine.ts";
export type { DurablePromise } from "./promise/durable-promise.ts";
export type { CompletionItem } from "./promise/in-completion-order.ts";
export { InvocationIdParser } from "./promise/invocation-id.ts";
export type {
  MapFunction,
  MapOptions,
  MappedItem,
  MapScope,
  OnError,
  SettledItem,
} from "./promise/map-options.ts";
export type {
  InvocationHandle,
  InvocationId,
  InvocationPromise,
} from "./promise/restate-promise.ts";
export * as serde from "./serde/namespace.ts";
