/**
 * The types of what a client calls. Definitions and contracts of the SDK fit them by their shape, so
 * that a client needs no SDK: a name at run time, and the handlers' types.
 */

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

export type {
  Descriptor,
  HandlerDescriptor,
  HandlerDescriptors,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  ServiceDescriptor,
  ServiceKind,
  WorkflowDescriptor,
} from "@rejoin/protocol";
