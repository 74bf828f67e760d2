/** Stateless services. */
import type { Context } from "../context/context.ts";
import { createDefinition } from "./definition.ts";
import type { ServiceOptions } from "./options.ts";
import type { ServiceDefinition, ServiceHandler } from "./types.ts";

export type ServiceOpts<U> = {
  [K in keyof U]: U[K] extends ServiceHandler<U[K], Context> ? U[K] : ServiceHandler<U[K], Context>;
};

/** Defines a service. The result is bound to an endpoint, and names the service for clients. */
export function service<P extends string, M>(service: {
  name: P;
  handlers: ServiceOpts<M> & ThisType<M>;
  description?: string;
  metadata?: Record<string, string>;
  options?: ServiceOptions;
}): ServiceDefinition<P, M> {
  if (service.handlers === undefined) throw new Error("service must be defined");
  return createDefinition("service", service, () => "service") as ServiceDefinition<P, M>;
}
