/**
 * The types of what a client calls. Definitions and contracts of the SDK fit them by their shape, so
 * that a client needs no SDK: a name at run time, and the handlers' types.
 */
import type { Serde } from "./serde/serde.ts";

/** Carries the handlers' types; never there at run time. */
declare const handlerTypes: unique symbol;

/** A service of name `P` with the handlers `M`. The name alone is enough at run time. */
export interface ServiceDefinition<P extends string, M> {
  name: P;
  readonly [handlerTypes]?: M;
}
/** A virtual object of name `P` with the handlers `M`. */
export interface VirtualObjectDefinition<P extends string, M> extends ServiceDefinition<P, M> {}
/** A workflow of name `P` with the handlers `M`. */
export interface WorkflowDefinition<P extends string, M> extends ServiceDefinition<P, M> {}

/** The keys under which a definition carries types alone: the SDK has symbols of its own. */
type CarrierOf<D> = Extract<keyof D, symbol>;

type HandlersOf<D> = [CarrierOf<D>] extends [never]
  ? D
  : Extract<NonNullable<D[CarrierOf<D>]>, object>;

/** The handlers of a definition, or `M` if it is the handlers already. */
export type Service<M> = HandlersOf<M>;
/** See {@link Service}. */
export type VirtualObject<M> = HandlersOf<M>;
/** See {@link Service}. */
export type Workflow<M> = HandlersOf<M>;

/** A definition, given it or its handlers. */
export type ServiceDefinitionFrom<M> =
  M extends ServiceDefinition<string, unknown> ? M : ServiceDefinition<string, M>;
/** See {@link ServiceDefinitionFrom}. */
export type VirtualObjectDefinitionFrom<M> =
  M extends VirtualObjectDefinition<string, unknown> ? M : VirtualObjectDefinition<string, M>;
/** See {@link ServiceDefinitionFrom}. */
export type WorkflowDefinitionFrom<M> =
  M extends WorkflowDefinition<string, unknown> ? M : WorkflowDefinition<string, M>;

/** What a contract says of a handler. */
export type HandlerDescriptor<
  // biome-ignore lint/suspicious/noExplicitAny: a handler of any types
  I = any,
  // biome-ignore lint/suspicious/noExplicitAny: a handler of any types
  O = any,
  Shared extends boolean = boolean,
> = {
  readonly _inputSerde?: Serde<I>;
  readonly _outputSerde?: Serde<O>;
  readonly _shared?: Shared;
  readonly _description?: string;
  readonly _metadata?: Record<string, string>;
};

/** The handlers of a contract, by name. */
export type HandlerDescriptors = Record<string, HandlerDescriptor>;

export type ServiceKind = "service" | "object" | "workflow";

/** A contract: what a service offers, without its code. */
export type Descriptor<
  P extends string = string,
  H extends HandlerDescriptors = HandlerDescriptors,
  Kind extends ServiceKind = ServiceKind,
> = {
  readonly name: P;
  readonly _kind: Kind;
  readonly _handlers: H;
  readonly _description?: string;
  readonly _metadata?: Record<string, string>;
};

export type ServiceDescriptor<
  P extends string = string,
  H extends HandlerDescriptors = HandlerDescriptors,
> = Descriptor<P, H, "service">;
export type ObjectDescriptor<
  P extends string = string,
  H extends HandlerDescriptors = HandlerDescriptors,
> = Descriptor<P, H, "object">;
export type WorkflowDescriptor<
  P extends string = string,
  H extends HandlerDescriptors = HandlerDescriptors,
> = Descriptor<P, H, "workflow">;

/** The type of a handler's input. */
// biome-ignore lint/suspicious/noExplicitAny: of a handler of any types
export type InferInput<D> = D extends HandlerDescriptor<infer I, any, any> ? I : any;
/** The type of a handler's output. */
// biome-ignore lint/suspicious/noExplicitAny: of a handler of any types
export type InferOutput<D> = D extends HandlerDescriptor<any, infer O, any> ? O : any;
