/** What an endpoint is made of. */
import type { JournalValueCodec } from "@rejoin/protocol";
import type { DefaultServiceOptions } from "../definitions/options.ts";
import type { AnyDefinition } from "../definitions/types.ts";
import type { LoggerTransport } from "../logging/logger.ts";

export interface EndpointOptions {
  services: AnyDefinition[];
  /** Options of every service that does not set them itself. */
  defaultServiceOptions?: DefaultServiceOptions;
  /** Replaces the console. */
  logger?: LoggerTransport;
  /**
   * Gives what encodes and decodes every payload of the journal, to encrypt it, say. Called once.
   * Whoever calls these services has to use the same. Experimental.
   */
  journalValueCodecProvider?: () => Promise<JournalValueCodec>;
  /**
   * Public keys of the servers whose requests are accepted, as `publickeyv1_…`: the server prints its
   * own when it starts with a private one. All other requests but those for the health are answered
   * with 401. Without keys, requests are served whoever sends them.
   */
  identityKeys?: string[];
}
