/** What `rejoin top` shows. */
import type { AdminClient, InvocationGroup, InvocationResource, Overview } from "@rejoin/client";
import { ACTIVE } from "../commands/invocations/filter-options.ts";

export interface TopData {
  readonly overview: Overview;
  /** Those that have not ended, the oldest first. */
  readonly oldest: readonly InvocationResource[];
  /** Failures of the last hour, the most frequent first. */
  readonly failures: readonly InvocationGroup[];
}

const OLDEST_MAX = 50;
const FAILURES_MAX = 50;
const FAILURES_OF_MS = 3_600_000;

export async function fetchTop(admin: AdminClient, now: number): Promise<TopData> {
  const [overview, page, summary] = await Promise.all([
    admin.overview(),
    admin.listInvocations({ status: ACTIVE, order: "oldest", limit: OLDEST_MAX }),
    admin.summarizeInvocations({
      group_by: ["service", "failure"],
      modified_after: now - FAILURES_OF_MS,
      limit: FAILURES_MAX,
    }),
  ]);
  return {
    overview,
    oldest: page.invocations,
    failures: summary.groups.filter(({ failure }) => failure !== undefined),
  };
}
