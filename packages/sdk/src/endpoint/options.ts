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
  /**
   * Public keys of the servers whose requests are accepted, as `publickeyv1_…`. Not available yet:
   * endpoints on the network refuse to start with keys rather than accept anybody.
   */
  identityKeys?: string[];
}
