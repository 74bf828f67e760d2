/** The options of an endpoint, one call at a time: what the builders of all runtimes have in common. */
import type { JournalValueCodec } from "@rejoin/protocol";
import type { DefaultServiceOptions } from "../definitions/options.ts";
import type { AnyDefinition } from "../definitions/types.ts";
import type { LoggerTransport } from "../logging/logger.ts";
import type { EndpointOptions } from "./options.ts";

/** Collects services and options; `E` is the builder itself. */
export interface RestateEndpointBase<E> {
  /** Adds a service, virtual object or workflow. */
  bind(service: AnyDefinition): E;
  /** Accepts only requests that are signed with one of `keys`, or of those of earlier calls. */
  withIdentityV1(...keys: string[]): E;
  /** Options of every service that does not set them itself. */
  defaultServiceOptions(options: DefaultServiceOptions): E;
  /** Replaces the console. */
  setLogger(logger: LoggerTransport): E;
  /** Encodes and decodes every payload of the journal. Experimental. */
  journalValueCodecProvider(provider: () => Promise<JournalValueCodec>): E;
}

/** What has been collected. */
export class EndpointBuilder {
  protected readonly options: EndpointOptions = { services: [] };

  bind(service: AnyDefinition): this {
    this.options.services.push(service);
    return this;
  }

  withIdentityV1(...keys: string[]): this {
    this.options.identityKeys = [...(this.options.identityKeys ?? []), ...keys];
    return this;
  }

  defaultServiceOptions(options: DefaultServiceOptions): this {
    this.options.defaultServiceOptions = options;
    return this;
  }

  setLogger(logger: LoggerTransport): this {
    this.options.logger = logger;
    return this;
  }

  journalValueCodecProvider(provider: () => Promise<JournalValueCodec>): this {
    this.options.journalValueCodecProvider = provider;
    return this;
  }
}
