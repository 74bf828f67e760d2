/** Whether a deployment is still needed: by new calls, or by invocations that have begun on it. */
import { type AdminClient, ClientError } from "@rejoin/client";
import { ACTIVE } from "../invocations/filter-options.ts";

/**
 * - `active`: it takes new calls
 * - `draining`: it only ends what has begun on it
 * - `drained`: nothing needs it
 * - `unknown`: the server cannot count what has begun on it
 */
export type UsageStatus = "active" | "draining" | "drained" | "unknown";

export interface Usage {
  readonly status: UsageStatus;
  /** Invocations on it that have not ended. */
  readonly activeInvocations: number | undefined;
  /** The services whose new calls it takes. */
  readonly takesCallsOf: readonly string[];
}

export async function fetchUsage(
  admin: AdminClient,
  id: string,
  services: readonly { readonly name: string; readonly deployment_id: string }[],
): Promise<Usage> {
  const takesCallsOf = services
    .filter(({ deployment_id }) => deployment_id === id)
    .map(({ name }) => name);
  const activeInvocations = await countActive(admin, id);
  return {
    status: statusOf(takesCallsOf.length, activeInvocations),
    activeInvocations,
    takesCallsOf,
  };
}

function statusOf(serviceCount: number, active: number | undefined): UsageStatus {
  if (serviceCount > 0) return "active";
  if (active === undefined) return "unknown";
  return active > 0 ? "draining" : "drained";
}

/** A count of only the newest would be no ground to remove anything on. */
async function countActive(admin: AdminClient, deployment: string): Promise<number | undefined> {
  try {
    const summary = await admin.summarizeInvocations({ deployment, status: ACTIVE, limit: 1 });
    return summary.complete ? summary.total : undefined;
  } catch (error) {
    if (error instanceof ClientError && error.kind !== "unreachable") return undefined;
    throw error;
  }
}
