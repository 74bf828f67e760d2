/** Questions about the revisions of services in a registry document. */
import type { DeploymentRecord, RegisteredService, RegistryDocument } from "./document.ts";

export interface HeldRevision extends RegisteredService {
  readonly deployment: DeploymentRecord;
}

/** The newest revision of a service: where its new invocations go. */
export function newestRevision(
  document: RegistryDocument,
  service: string,
): HeldRevision | undefined {
  let newest: HeldRevision | undefined;
  for (const deployment of document.deployments) {
    for (const held of deployment.services) {
      if (held.manifest.name !== service) continue;
      if (newest === undefined || held.revision > newest.revision) newest = { ...held, deployment };
    }
  }
  return newest;
}

/** The number of the next revision of a service. */
export function nextRevision(document: RegistryDocument, service: string): number {
  return (newestRevision(document, service)?.revision ?? 0) + 1;
}

/** The services whose new invocations go to a deployment. */
export function servicesLedBy(document: RegistryDocument, deploymentId: string): string[] {
  const deployment = document.deployments.find(({ id }) => id === deploymentId);
  return (deployment?.services ?? [])
    .map(({ manifest }) => manifest.name)
    .filter((name) => newestRevision(document, name)?.deployment.id === deploymentId);
}

/** The document with `record` as the last deployment, instead of the one with its id. */
export function withRecord(document: RegistryDocument, record: DeploymentRecord): RegistryDocument {
  const others = document.deployments.filter(({ id }) => id !== record.id);
  return { ...document, deployments: [...others, record] };
}
