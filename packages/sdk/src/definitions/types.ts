/** The types of definitions: what a service is called and which handlers it has. */
import type { ServiceKind } from "@rejoin/protocol";

/** Marks contexts, so that handler types can be told apart without importing the context. */
// biome-ignore lint/suspicious/noEmptyInterface: a marker of the public API
export interface RestateContext {}
// biome-ignore lint/suspicious/noEmptyInterface: a marker of the public API
export interface RestateObjectContext {}
// biome-ignore lint/suspicious/noEmptyInterface: a marker of the public API
export interface RestateObjectSharedContext {}
/** Marks the contexts of a workflow's shared handlers. */
export interface RestateWorkflowSharedContext extends RestateObjectSharedContext {}
/** Marks the context of a workflow's `run`. */
export interface RestateWorkflowContext
  extends RestateObjectContext,
    RestateWorkflowSharedContext {}

/** Which kind of service a definition is for. */
export type { ServiceKind } from "@rejoin/protocol";

/** Carry the handlers' types and the kind; never there at run time. */
declare const handlerTypes: unique symbol;
declare const serviceKind: unique symbol;

interface Named<Kind extends ServiceKind, P extends string, M> {
  name: P;
  readonly [handlerTypes]?: M;
  readonly [serviceKind]?: Kind;
}

/** A service of name `P` with the handlers `M`. For a client, the name alone is enough. */
export interface ServiceDefinition<P extends string, M> extends Named<"service", P, M> {}
/** A virtual object of name `P` with the handlers `M`. */
export interface VirtualObjectDefinition<P extends string, M> extends Named<"object", P, M> {}
/** A workflow of name `P` with the handlers `M`. */
export interface WorkflowDefinition<P extends string, M> extends Named<"workflow", P, M> {}

/** Everything that can be bound to an endpoint. */
export type AnyDefinition =
  | ServiceDefinition<string, unknown>
  | VirtualObjectDefinition<string, unknown>
  | WorkflowDefinition<string, unknown>;

/** A handler of a service: context first, input second, a promise back. */
export type ServiceHandler<F, C = RestateContext> = HandlerOf<F, C>;
/** A handler of a virtual object. */
export type ObjectHandler<F, C = RestateObjectContext> = HandlerOf<F, C>;
/** The `run` handler of a workflow. */
export type WorkflowHandler<F, C = RestateWorkflowContext> = HandlerOf<F, C>;
/** Any other handler of a workflow. */
export type WorkflowSharedHandler<F, C = RestateWorkflowSharedContext> = HandlerOf<F, C>;

type HandlerOf<F, C> =
  // biome-ignore lint/suspicious/noExplicitAny: matches every input and output, as the reference
  F extends (ctx: C) => Promise<any>
    ? F
    : // biome-ignore lint/suspicious/noExplicitAny: matches every input and output
      F extends (ctx: C, input: any) => Promise<any>
      ? F
      : // biome-ignore lint/suspicious/noExplicitAny: the shape that an error message shows
        (ctx: C, input?: any) => Promise<any>;

/** The handlers of a definition, or `M` if it is the handlers already. */
export type Service<M> = M extends ServiceDefinition<string, infer S> ? S : M;
/** See {@link Service}. */
export type VirtualObject<M> = M extends VirtualObjectDefinition<string, infer O> ? O : M;
/** See {@link Service}. */
export type Workflow<M> = M extends WorkflowDefinition<string, infer W> ? W : M;

/** A definition, given it or its handlers. */
export type ServiceDefinitionFrom<M> =
  M extends ServiceDefinition<string, unknown> ? M : ServiceDefinition<string, M>;
/** See {@link ServiceDefinitionFrom}. */
export type VirtualObjectDefinitionFrom<M> =
  M extends VirtualObjectDefinition<string, unknown> ? M : VirtualObjectDefinition<string, M>;
/** See {@link ServiceDefinitionFrom}. */
export type WorkflowDefinitionFrom<M> =
  M extends WorkflowDefinition<string, unknown> ? M : WorkflowDefinition<string, M>;
