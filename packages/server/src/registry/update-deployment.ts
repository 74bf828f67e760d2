/** Moving a deployment to another address or its newest code, as a function over the document. */
import type { DeploymentRecord, RegistryDocument } from "./document.ts";
import type { Found } from "./register.ts";
import { RegistryError, unknownDeployment } from "./registry-error.ts";
import { nextRevision, withRecord } from "./revisions.ts";

export interface DeploymentUpdate {
  readonly found: Found;
  /**
   * Whether the services become those that were found, each with the revision number that it has.
   * Otherwise only the way to the endpoint changes.
   */
  readonly overwrite: boolean;
}

/** What is in flight on the deployment goes on at the new address. */
export function updateDeployment(
  document: RegistryDocument,
  id: string,
  { found, overwrite }: DeploymentUpdate,
): RegistryDocument {
  const existing = document.deployments.find((deployment) => deployment.id === id);
  if (existing === undefined) throw unknownDeployment(id);
  checkProtocolRange(existing, found);
  const { sdkVersion: _former, ...rest } = existing;
  return withRecord(document, {
    ...rest,
    address: found.address,
    ...(found.sdkVersion === undefined ? {} : { sdkVersion: found.sdkVersion }),
    services: overwrite ? replaced(document, existing, found) : existing.services,
  });
}

function replaced(
  document: RegistryDocument,
  existing: DeploymentRecord,
  { manifest }: Found,
): DeploymentRecord["services"] {
  return manifest.services.map((service) => {
    const own = existing.services.find((held) => held.manifest.name === service.name);
    return { manifest: service, revision: own?.revision ?? nextRevision(document, service.name) };
  });
}

function checkProtocolRange(existing: DeploymentRecord, { manifest, address }: Found): void {
  const { minProtocolVersion: min, maxProtocolVersion: max } = existing;
  if (manifest.minProtocolVersion === min && manifest.maxProtocolVersion === max) return;
  const where = address.kind === "http" ? address.uri : address.arn;
  throw new RegistryError(
    400,
    `deployment ${existing.id} speaks protocol versions ${min} to ${max}, but ${where} ` +
      `speaks ${manifest.minProtocolVersion} to ${manifest.maxProtocolVersion}; run the same SDK ` +
      "there, or register it as a new deployment",
    "META0016",
  );
}
