/**
 * What is known of a handler without its code: the contract that clients and implementations share.
 * The fields with `_` are for the SDK and the client alone.
 */
import type { Serde } from "./serde/serde.ts";

export type ServiceKind = "service" | "object" | "workflow";

/** A handler's input and output. */
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

/** The handlers of a service, by name. */
export type HandlerDescriptors = Record<string, HandlerDescriptor>;

/** The contract of a service of any kind. */
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
