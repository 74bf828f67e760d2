/** Implementations of contracts. */
import type { Context } from "../context/context.ts";
import type {
  ObjectContext,
  ObjectSharedContext,
  WorkflowContext,
  WorkflowSharedContext,
} from "../context/keyed-context.ts";
import { createDefinition } from "./definition.ts";
import type {
  Descriptor,
  HandlerDescriptor,
  HandlerDescriptors,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  ServiceDescriptor,
  WorkflowDescriptor,
} from "./descriptor.ts";
import { type HandlerKind, wrapHandler } from "./handler.ts";
import type {
  AnyServiceOptions,
  ObjectHandlerOpts,
  ObjectOptions,
  ServiceHandlerOpts,
  ServiceOptions,
  WorkflowHandlerOpts,
  WorkflowOptions,
} from "./options.ts";
import type {
  ServiceDefinition,
  ServiceKind,
  VirtualObjectDefinition,
  WorkflowDefinition,
} from "./types.ts";

/** The function behind a handler. Of one without input, the parameter is left out. */
// biome-ignore lint/suspicious/noConfusingVoidType: no input is void
export type FnOf<C, I, O> = [I] extends [void]
  ? (ctx: C) => Promise<O>
  : (ctx: C, input: I) => Promise<O>;
type ImplementationOf<C, D> = FnOf<C, InferInput<D>, InferOutput<D>>;

/** The functions that implement a contract of a service. */
export type ServiceImplHandlers<H extends HandlerDescriptors> = {
  [K in keyof H]: ImplementationOf<Context, H[K]>;
};
/** The functions that implement a contract of a virtual object. */
export type ObjectImplHandlers<H extends HandlerDescriptors> = {
  // biome-ignore lint/suspicious/noExplicitAny: a handler of any types
  [K in keyof H]: H[K] extends HandlerDescriptor<any, any, infer Shared>
    ? ImplementationOf<Shared extends true ? ObjectSharedContext : ObjectContext, H[K]>
    : never;
};
/** The functions that implement a contract of a workflow. */
export type WorkflowImplHandlers<H extends HandlerDescriptors> = {
  [K in keyof H]: ImplementationOf<K extends "run" ? WorkflowContext : WorkflowSharedContext, H[K]>;
};

/** What an implementation says of one handler; input and output are the contract's. */
export type ServicePerHandlerOpts = Omit<ServiceHandlerOpts<unknown, unknown>, "input" | "output">;
/** See {@link ServicePerHandlerOpts}. */
export type ObjectPerHandlerOpts = Omit<ObjectHandlerOpts<unknown, unknown>, "input" | "output">;
/** See {@link ServicePerHandlerOpts}. */
export type WorkflowPerHandlerOpts = Omit<
  WorkflowHandlerOpts<unknown, unknown>,
  "input" | "output"
>;

/** What an implementation says beside its code. */
type Config<H, Handlers, Options, HandlerOptions> = {
  handlers: Handlers;
  description?: string;
  metadata?: Record<string, string>;
  options?: Options & {
    handlers?: Partial<Record<keyof H, HandlerOptions>>;
  };
};

/** An implementation is bound like any definition, and is still the contract. */
export type ImplementedServiceDefinition<
  P extends string,
  H extends HandlerDescriptors,
> = ServiceDefinition<P, ServiceImplHandlers<H>> & ServiceDescriptor<P, H>;
export type ImplementedObjectDefinition<
  P extends string,
  H extends HandlerDescriptors,
> = VirtualObjectDefinition<P, ObjectImplHandlers<H>> & ObjectDescriptor<P, H>;
export type ImplementedWorkflowDefinition<
  P extends string,
  H extends HandlerDescriptors,
> = WorkflowDefinition<P, WorkflowImplHandlers<H>> & WorkflowDescriptor<P, H>;
export type ImplementedDefinition<
  P extends string,
  H extends HandlerDescriptors,
  Kind extends ServiceKind,
> = Kind extends "service"
  ? ImplementedServiceDefinition<P, H>
  : Kind extends "object"
    ? ImplementedObjectDefinition<P, H>
    : ImplementedWorkflowDefinition<P, H>;

/** Implements every handler of a contract; throws an `Error` naming one that is missing. */
export function implement<P extends string, H extends HandlerDescriptors>(
  contract: ServiceDescriptor<P, H>,
  config: Config<H, ServiceImplHandlers<H>, ServiceOptions, ServicePerHandlerOpts>,
): ImplementedServiceDefinition<P, H>;
export function implement<P extends string, H extends HandlerDescriptors>(
  contract: ObjectDescriptor<P, H>,
  config: Config<H, ObjectImplHandlers<H>, ObjectOptions, ObjectPerHandlerOpts>,
): ImplementedObjectDefinition<P, H>;
export function implement<P extends string, H extends HandlerDescriptors>(
  contract: WorkflowDescriptor<P, H>,
  config: Config<H, WorkflowImplHandlers<H>, WorkflowOptions, WorkflowPerHandlerOpts>,
): ImplementedWorkflowDefinition<P, H>;
export function implement(contract: Descriptor, config: AnyConfig): object {
  const { handlers: handlerOptions, ...options } = config.options ?? {};
  const handlers: Record<string, unknown> = {};
  for (const [name, descriptor] of Object.entries(contract._handlers)) {
    const fn = config.handlers[name];
    if (typeof fn !== "function") {
      throw new Error(`implement(): missing handler "${name}" of ${contract.name}`);
    }
    const kind = kindOf(contract._kind, name, descriptor);
    handlers[name] = wrapHandler(kind, fn, toOptions(descriptor, handlerOptions?.[name]));
  }
  const definition = createDefinition(
    contract._kind,
    {
      name: contract.name,
      handlers,
      description: config.description ?? contract._description,
      metadata: config.metadata ?? contract._metadata,
      options,
    },
    () => "service",
  );
  return Object.assign(definition, { _handlers: contract._handlers });
}

interface AnyConfig {
  readonly handlers: Readonly<Record<string, unknown>>;
  readonly description?: string;
  readonly metadata?: Record<string, string>;
  readonly options?: AnyServiceOptions & {
    readonly handlers?: Readonly<Record<string, ObjectPerHandlerOpts | undefined>>;
  };
}

function kindOf(kind: ServiceKind, name: string, { _shared }: HandlerDescriptor): HandlerKind {
  switch (kind) {
    case "service":
      return "service";
    case "object":
      return _shared === true ? "shared" : "exclusive";
    case "workflow":
      return name === "run" ? "workflow" : "shared";
  }
}

function toOptions(
  { _inputSerde, _outputSerde, _description, _metadata }: HandlerDescriptor,
  given: ObjectPerHandlerOpts | undefined,
): ObjectHandlerOpts<unknown, unknown> {
  return {
    ...(_inputSerde === undefined ? {} : { input: _inputSerde }),
    ...(_outputSerde === undefined ? {} : { output: _outputSerde }),
    ...(_description === undefined ? {} : { description: _description }),
    ...(_metadata === undefined ? {} : { metadata: _metadata }),
    ...given,
  };
}
