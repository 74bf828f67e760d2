/** Lists and journals come in pages; these put them together, up to a limit. */
import type {
  AdminClient,
  ChildrenPage,
  ChildrenQuery,
  InvocationDetails,
  InvocationQuery,
  InvocationResource,
} from "@rejoin/client";
import { getBySql, listBySql, orBySql } from "../../by-sql/server-without-lists.ts";

/** What the server gives at once. */
export const PAGE_MAX = 1000;

export interface Listed {
  readonly invocations: readonly InvocationResource[];
  /** Whether there may be more. */
  readonly isCut: boolean;
}

export type ListFilter = Omit<InvocationQuery, "limit" | "after" | "total">;

/** At most `limit` invocations, the newest first. */
export function listInvocations(
  admin: AdminClient,
  filter: ListFilter,
  limit: number,
): Promise<Listed> {
  const { order = "newest", ...rest } = filter;
  return orBySql(
    () => listPages(admin, filter, limit),
    () => listBySql(admin, { filter: rest, order, limit }),
  );
}

async function listPages(admin: AdminClient, filter: ListFilter, limit: number): Promise<Listed> {
  const invocations: InvocationResource[] = [];
  const isCut = await eachPage(admin, { filter, limit }, (page) => invocations.push(...page));
  return { invocations, isCut };
}

export interface PageRequest {
  readonly filter: ListFilter;
  readonly limit: number;
}

/** Hands over page after page, at most `limit` invocations; tells whether there are more. */
export async function eachPage(
  admin: AdminClient,
  { filter, limit }: PageRequest,
  onPage: (invocations: readonly InvocationResource[]) => void,
): Promise<boolean> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await admin.listInvocations({
      ...filter,
      limit: Math.min(PAGE_MAX, limit - count),
      ...(after === undefined ? {} : { after }),
    });
    onPage(page.invocations);
    count += page.invocations.length;
    after = page.next;
  } while (after !== undefined && count < limit);
  return after !== undefined;
}

/** What an invocation has called, at most `limit` of it, with what is said of all of it. */
export async function listChildren(
  admin: AdminClient,
  id: string,
  query: Omit<ChildrenQuery, "limit" | "after">,
  limit: number,
): Promise<ChildrenPage> {
  let all = await admin.listChildren(id, { ...query, limit: Math.min(PAGE_MAX, limit) });
  while (all.next !== undefined && all.invocations.length < limit) {
    const page = await admin.listChildren(id, {
      ...query,
      after: all.next,
      limit: Math.min(PAGE_MAX, limit - all.invocations.length),
    });
    all = { ...page, invocations: [...all.invocations, ...page.invocations] };
  }
  return all;
}

/** An invocation with at most `limit` entries of its journal, the first ones. */
export function getInvocation(
  admin: AdminClient,
  id: string,
  limit: number,
): Promise<InvocationDetails> {
  return orBySql(
    () => getPages(admin, id, limit),
    () => getBySql(admin, id, limit),
  );
}

async function getPages(admin: AdminClient, id: string, limit: number): Promise<InvocationDetails> {
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
