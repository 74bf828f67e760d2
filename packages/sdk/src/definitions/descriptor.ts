/** What is known of a handler without its code: the contract that clients and implementations share. */
import type { Serde } from "../serde/serde.ts";
import type { ServiceKind } from "./types.ts";

/** A handler's input and output. The fields with `_` are for the SDK alone. */
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

/** What a contract says of a handler beside its types. */
export type DescriptorOpts = {
  description?: string;
  metadata?: Record<string, string>;
};

interface Declared {
  readonly input?: Serde<unknown> | undefined;
  readonly output?: Serde<unknown> | undefined;
  readonly shared?: boolean;
  readonly opts?: DescriptorOpts | undefined;
}

/** Leaves out what is not declared: a client uses its own serde then. */
export function createDescriptor({ input, output, shared, opts }: Declared): HandlerDescriptor {
  return {
    ...(input === undefined ? {} : { _inputSerde: input }),
    ...(output === undefined ? {} : { _outputSerde: output }),
    _shared: shared ?? false,
    ...(opts?.description === undefined ? {} : { _description: opts.description }),
    ...(opts?.metadata === undefined ? {} : { _metadata: opts.metadata }),
  };
}

/** The handlers that a definition or a contract declares; `undefined` for a mere name. */
export function descriptorsOf(definition: object): HandlerDescriptors | undefined {
  return (definition as { readonly _handlers?: HandlerDescriptors })._handlers;
}
