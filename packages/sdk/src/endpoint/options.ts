/** What an endpoint is made of. */
import type { DefaultServiceOptions } from "../definitions/options.ts";
import type { ServiceDefinition } from "../definitions/types.ts";
import type { LoggerTransport } from "../logging/logger.ts";

export interface EndpointOptions {
  services: Array<ServiceDefinition<string, unknown>>;
  /** Options of every service that does not set them itself. */
  defaultServiceOptions?: DefaultServiceOptions;
  /** Replaces the console. */
  logger?: LoggerTransport;
}
