/** The services of this process as a deployment. */
import type { ServiceManifest } from "@rejoin/protocol";
import type { DeploymentRecord, RegisteredService, RegistryDocument } from "./document.ts";
import { nextRevision, withRecord } from "./revisions.ts";

/**
 * The document with an embedded deployment's newest manifest. An unchanged service keeps its
 * revision; a changed or new one gets the next. Nothing changed: the same `document`. A deployment
 * that had been moved to an address comes back into the process.
 */
export function withEmbedded(
  document: RegistryDocument,
  deployment: Omit<DeploymentRecord, "services" | "createdAt">,
  services: readonly ServiceManifest[],
  now: number,
): RegistryDocument {
  const existing = document.deployments.find(({ id }) => id === deployment.id);
  const registered = services.map((manifest): RegisteredService => {
    const own = existing?.services.find((service) => service.manifest.name === manifest.name);
    const isSame = own !== undefined && JSON.stringify(own.manifest) === JSON.stringify(manifest);
    return isSame ? own : { manifest, revision: nextRevision(document, manifest.name) };
  });
  const record: DeploymentRecord = {
    ...deployment,
    createdAt: existing?.createdAt ?? now,
    services: registered,
  };
  const isSame = existing !== undefined && JSON.stringify(existing) === JSON.stringify(record);
  return isSame ? document : withRecord(document, record);
}
