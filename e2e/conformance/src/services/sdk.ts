/** What the services are written against: the SDK's module, given to them. */
import type * as restate from "@restatedev/restate-sdk";

export type Sdk = typeof restate;

/** A value export of the SDK without which a service cannot be made. */
export type SdkExport = keyof Sdk;

/** What `createEndpointHandler` takes. */
export type Definition = Parameters<Sdk["createEndpointHandler"]>[0]["services"][number];

/** A service of the suite. */
export interface ServiceEntry {
  readonly uses: readonly SdkExport[];
  /** `name` is another one where a test wants the service for itself. */
  create(sdk: Sdk, name: string): Definition;
}
