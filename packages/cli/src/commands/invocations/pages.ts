/** Lists and journals come in pages; these put them together, up to a limit. */
import type {
  AdminClient,
  InvocationDetails,
  InvocationFilter,
  InvocationResource,
} from "@rejoin/client";

/** What the server gives at once. */
const PAGE_MAX = 1000;

export interface Listed {
  readonly invocations: readonly InvocationResource[];
  /** Whether there may be more. */
  readonly isCut: boolean;
}

/** At most `limit` invocations, the newest first. */
export async function listInvocations(
  admin: AdminClient,
  filter: InvocationFilter,
  limit: number,
): Promise<Listed> {
  const invocations: InvocationResource[] = [];
  let after: string | undefined;
  do {
    const page = await admin.listInvocations({
      ...filter,
      limit: Math.min(PAGE_MAX, limit - invocations.length),
      ...(after === undefined ? {} : { after }),
    });
    invocations.push(...page.invocations);
    after = page.next;
  } while (after !== undefined && invocations.length < limit);
  return { invocations, isCut: after !== undefined };
}

/** An invocation with at most `limit` entries of its journal, the first ones. */
export async function getInvocation(
  admin: AdminClient,
  id: string,
  limit: number,
): Promise<InvocationDetails> {
  let details = await admin.getInvocation(id, { limit: Math.min(PAGE_MAX, limit) });
  while (details.journal_next !== undefined && details.journal.length < limit) {
    const { journal } = details;
    const page = await admin.getInvocation(id, {
      from: details.journal_next,
      limit: Math.min(PAGE_MAX, limit - journal.length),
    });
    details = { ...page, journal: [...journal, ...page.journal] };
  }
  return details;
}
