/** What the services of a test announce, with what its environment decides for all of them. */
import type { EndpointManifest, ManifestOptions } from "@rejoin/protocol";

export interface ManifestChanges {
  /** Handlers are suspended at every await, whatever they say themselves. */
  readonly alwaysReplay: boolean;
  /** There is one attempt, whatever they say themselves. */
  readonly disableRetries: boolean;
}

export function changeManifest(
  manifest: EndpointManifest,
  changes: ManifestChanges,
): EndpointManifest {
  const change = <T extends ManifestOptions>(one: T): T => ({
    ...one,
    ...(changes.alwaysReplay ? { inactivityTimeout: 0 } : {}),
    ...(changes.disableRetries
      ? { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" }
      : {}),
  });
  const services = manifest.services.map((service) => ({
    ...change(service),
    handlers: service.handlers.map(change),
  }));
  return { ...manifest, services };
}
