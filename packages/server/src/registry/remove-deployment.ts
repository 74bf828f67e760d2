/** Removing a deployment, as a function over the document. */
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { RegistryDocument } from "./document.ts";
import { RegistryError, unknownDeployment } from "./registry-error.ts";
import { newestRevision, servicesLedBy } from "./revisions.ts";

/** Invocations that have not completed and keep to a deployment. */
export interface InFlight {
  readonly count: number;
  /** Some of them. */
  readonly first: readonly InvocationKey[];
  /** Whether all invocations have been looked at. */
  readonly isComplete: boolean;
}

/** Services whose newest revision it held fall back to the next newest, or are gone. */
export function removeDeployment(document: RegistryDocument, id: string): RegistryDocument {
  const deployments = document.deployments.filter((deployment) => deployment.id !== id);
  if (deployments.length === document.deployments.length) throw unknownDeployment(id);
  return withoutOrphanedLimits({ ...document, deployments });
}

/** The limits of a service go with its last revision. */
function withoutOrphanedLimits(document: RegistryDocument): RegistryDocument {
  if (document.limits === undefined) return document;
  const limits = document.limits.filter(
    ({ service }) => newestRevision(document, service) !== undefined,
  );
  return { ...document, limits };
}

/** Throws a {@link RegistryError} if new invocations go to the deployment. */
export function assertSuperseded(document: RegistryDocument, id: string): void {
  if (!document.deployments.some((deployment) => deployment.id === id)) throw unknownDeployment(id);
  const led = servicesLedBy(document, id);
  if (led.length === 0) return;
  throw new RegistryError(
    409,
    `deployment ${id} holds the newest revision of ${listed(led)}: new invocations go there; ` +
      "register a newer revision first, or remove it with force",
  );
}

/** Throws a {@link RegistryError} if invocations keep to the deployment, or might. */
export function assertDrained(id: string, inFlight: InFlight): void {
  const { count, first, isComplete } = inFlight;
  if (count === 0 && isComplete) return;
  const advice =
    "wait for them, move them with an update of its uri, or remove it with force: they will fail " +
    "with RT0011 and wait";
  if (count === 0) {
    const text = `there are too many invocations to know whether some are in flight on ${id}`;
    throw new RegistryError(409, `${text}; ${advice}`);
  }
  const ids = first.map(formatInvocationId).join(", ");
  const number = isComplete ? String(count) : `at least ${count}`;
  const are = count === 1 && isComplete ? "invocation is" : "invocations are";
  throw new RegistryError(
    409,
    `${number} ${are} in flight on deployment ${id} (${ids}${count > first.length ? ", …" : ""}); ` +
      advice,
  );
}

function listed(services: readonly string[]): string {
  return services.length === 1 ? `service ${services[0]}` : `services ${services.join(", ")}`;
}
