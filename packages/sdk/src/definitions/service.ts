/** Stateless services. */
import type { Context } from "../context/context.ts";
import { type HandlerDescriptor, toHandlerDescriptor } from "./handler.ts";
import type { ServiceOptions } from "./options.ts";
import type { ServiceDefinition, ServiceHandler } from "./types.ts";

export type ServiceOpts<U> = {
  [K in keyof U]: U[K] extends ServiceHandler<U[K], Context> ? U[K] : ServiceHandler<U[K], Context>;
};

/** What a definition holds at run time, whatever its types say. */
export interface Definition {
  readonly kind: "service";
  readonly name: string;
  /** The object whose functions the handlers are: their `this`. */
  readonly instance: object;
  readonly handlers: ReadonlyMap<string, HandlerDescriptor>;
  readonly description: string | undefined;
  readonly metadata: Record<string, string> | undefined;
  readonly options: ServiceOptions | undefined;
}

const DEFINITION = Symbol.for("@rejoin/sdk/definition");

/** Defines a service. The result is bound to an endpoint, and names the service for clients. */
export function service<P extends string, M>(service: {
  name: P;
  handlers: ServiceOpts<M> & ThisType<M>;
  description?: string;
  metadata?: Record<string, string>;
  options?: ServiceOptions;
}): ServiceDefinition<P, M> {
  if (service.handlers === undefined) throw new Error("service must be defined");
  const handlers = new Map<string, HandlerDescriptor>();
  for (const [name, value] of Object.entries(service.handlers)) {
    handlers.set(name, toHandlerDescriptor(value));
  }
  const definition: Definition = {
    kind: "service",
    name: service.name,
    instance: service.handlers,
    handlers,
    description: service.description,
    metadata: service.metadata,
    options: service.options,
  };
  const result = {
    name: service.name,
    service: service.handlers,
    description: service.description,
    metadata: service.metadata,
    options: service.options,
    _kind: "service",
  };
  Object.defineProperty(result, DEFINITION, { value: definition });
  return result;
}

/** What was defined, unless `value` is a mere stub of a definition. */
export function definitionOf(value: unknown): Definition | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { [DEFINITION]?: Definition })[DEFINITION];
}
