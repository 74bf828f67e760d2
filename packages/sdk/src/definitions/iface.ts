/** Contracts: what a service offers, without its code. Callers and implementations share them. */
import { type InferSchema, type Serde, type StandardSchemaV1, schemaSerde } from "@rejoin/protocol";
import {
  createDescriptor,
  type Descriptor,
  type DescriptorOpts,
  type HandlerDescriptor,
  type HandlerDescriptors,
  type ObjectDescriptor,
  type ServiceDescriptor,
  type WorkflowDescriptor,
} from "./descriptor.ts";
import type { ServiceKind } from "./types.ts";

// biome-ignore-start lint/suspicious/noExplicitAny: serdes and schemas of any types
type SerdeType<S> = S extends Serde<infer T> ? T : never;
type AnySchema = StandardSchemaV1<any, any>;

type Declare<Shared extends boolean> = {
  /** By types alone, as JSON: `iface.json<Input, Output>()`. */
  json<I = void, O = void>(opts?: DescriptorOpts): HandlerDescriptor<I, O, Shared>;
  /** By a serde for each direction; JSON where there is none. */
  serdes<I extends Serde<any> = Serde<void>, O extends Serde<any> = Serde<void>>(
    opts: { input?: I; output?: O } & DescriptorOpts,
  ): HandlerDescriptor<SerdeType<I>, SerdeType<O>, Shared>;
  /** By a schema for each direction; JSON where there is none. */
  schemas<I extends AnySchema = AnySchema, O extends AnySchema = AnySchema>(
    opts: { input?: I; output?: O } & DescriptorOpts,
  ): HandlerDescriptor<InferSchema<I>, InferSchema<O>, Shared>;
};
// biome-ignore-end lint/suspicious/noExplicitAny: serdes and schemas of any types

/** How contracts are written. */
export interface ServiceInterface extends Declare<false> {
  service<P extends string, H extends HandlerDescriptors>(
    name: P,
    handlers: H,
    opts?: DescriptorOpts,
  ): ServiceDescriptor<P, H>;
  object<P extends string, H extends HandlerDescriptors>(
    name: P,
    handlers: H,
    opts?: DescriptorOpts,
  ): ObjectDescriptor<P, H>;
  workflow<P extends string, H extends HandlerDescriptors>(
    name: P,
    handlers: H,
    opts?: DescriptorOpts,
  ): WorkflowDescriptor<P, H>;
  /** Handlers that run beside others on their object or workflow. */
  shared: Declare<true>;
}

/**
 * Writes contracts:
 *
 * ```ts
 * const greeter = iface.service("greeter", { greet: iface.json<string, string>() });
 * ```
 *
 * `ctx.client(greeter)` calls it, `implement(greeter, { handlers })` implements it.
 */
export const iface: ServiceInterface = {
  service: (name, handlers, opts) => createContract("service", name, handlers, opts),
  object: (name, handlers, opts) => createContract("object", name, handlers, opts),
  workflow: (name, handlers, opts) => createContract("workflow", name, handlers, opts),
  ...createDeclare(false),
  shared: createDeclare(true),
};

function createDeclare<Shared extends boolean>(shared: Shared): Declare<Shared> {
  const declare = (given: Omit<Parameters<typeof createDescriptor>[0], "shared">) =>
    createDescriptor({ ...given, shared }) as HandlerDescriptor<never, never, Shared>;
  return {
    json: (opts) => declare({ opts }),
    serdes: (opts) => declare({ input: opts.input, output: opts.output, opts }),
    schemas: (opts) => declare({ input: toSerde(opts.input), output: toSerde(opts.output), opts }),
  };
}

function toSerde(given: StandardSchemaV1 | undefined): Serde<unknown> | undefined {
  return given === undefined ? undefined : schemaSerde(given);
}

function createContract<Kind extends ServiceKind, P extends string, H extends HandlerDescriptors>(
  kind: Kind,
  name: P,
  handlers: H,
  opts: DescriptorOpts | undefined,
): Descriptor<P, H, Kind> {
  return {
    name,
    _kind: kind,
    _handlers: handlers,
    ...(opts?.description === undefined ? {} : { _description: opts.description }),
    ...(opts?.metadata === undefined ? {} : { _metadata: opts.metadata }),
  };
}
