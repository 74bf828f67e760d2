/** What every endpoint does with its handlers, whatever the transport. */
import {
  Attempt,
  type AttemptRequest,
  type AttemptRuntime,
  type CreateVm,
} from "../attempt/attempt.ts";
import type { AttemptPorts, AttemptSink } from "../attempt/ports.ts";
import { ClientFactory } from "../context/clients.ts";
import { ContextImpl } from "../context/context-impl.ts";
import { KeyedContextImpl } from "../context/keyed-context-impl.ts";
import type { BoundHandler } from "../definitions/bound-handler.ts";
import { bindServices } from "./bind.ts";
import type { EndpointOptions } from "./options.ts";
import { createPorts } from "./ports/real-ports.ts";

export interface Attempts {
  readonly ports: AttemptPorts;
  readonly findHandler: (service: string, handler: string) => BoundHandler | undefined;
  readonly openAttempt: (
    handler: BoundHandler,
    request: AttemptRequest,
    sink: AttemptSink,
  ) => Attempt;
}

/** Binds the services of an endpoint. Ports that are not given are the platform's. */
export function createAttempts(
  options: EndpointOptions,
  given: Partial<AttemptPorts>,
  createVm?: CreateVm,
): Attempts {
  const { logger } = options;
  const ports = createPorts(logger === undefined ? given : { log: logger, ...given });
  const services = bindServices(options);
  const clients = new ClientFactory();
  const codec = options.journalValueCodecProvider?.();
  // Attempts that wait for it are told of its failure.
  codec?.catch(() => {});
  const runtime: AttemptRuntime = {
    ports,
    codec,
    createVm,
    createContext: (attempt) =>
      attempt.handler.kind === "service"
        ? new ContextImpl(attempt, clients)
        : new KeyedContextImpl(attempt, clients),
  };
  return {
    ports,
    findHandler: (service, handler) => services.get(service)?.get(handler),
    openAttempt: (handler, request, sink) => new Attempt(runtime, handler, request, sink),
  };
}
