/** Removing a deployment that nobody needs: the look and the removal as one step. */
import type { RegistryDocument } from "./document.ts";
import type { ServerRegistry } from "./registry.ts";
import { RegistryError } from "./registry-error.ts";
import {
  assertDrained,
  assertSuperseded,
  type InFlight,
  removeDeployment,
} from "./remove-deployment.ts";
import { withRecord } from "./revisions.ts";

export interface RemovalOptions {
  readonly registry: ServerRegistry;
  /** Counts also what an attempt is open for that has begun before the call. */
  readonly findInFlight: (deploymentId: string) => Promise<InFlight>;
}

const TRIES = 20;

/**
 * The registry that the deployment is removed from is the one that was looked at before the search:
 * so in all that time no attempt could choose the deployment, and what had chosen it before is found
 * by the search. Nothing is stored until then: a crash leaves no trace. Throws a
 * {@link RegistryError} of status 409 while the deployment is needed.
 */
export async function removeUnused(options: RemovalOptions, id: string): Promise<void> {
  const { registry, findInFlight } = options;
  for (let tries = 0; tries < TRIES; tries++) {
    const { document, version } = await registry.readVersion();
    assertSuperseded(document, id);
    assertDrained(id, await findInFlight(id));
    const isRemoved = await registry.replace(version, removeDeployment(document, id));
    if (isRemoved) return confirmRemoval(options, document, id);
  }
  throw new RegistryError(
    409,
    `the registry was changed ${TRIES} times while deployment ${id} was being removed; ` +
      "try again when others do not change it",
  );
}

/** Puts it back if an operator has moved an invocation there since the search. */
async function confirmRemoval(
  { registry, findInFlight }: RemovalOptions,
  former: RegistryDocument,
  id: string,
): Promise<void> {
  const late = await findInFlight(id);
  const record = former.deployments.find((deployment) => deployment.id === id);
  if (late.count === 0 || record === undefined) return;
  await registry.update((document) => ({ document: withRecord(document, record) }));
  assertDrained(id, late);
}
