/** The objects of a service, page after page. */
import type { AdminClient, ObjectResource } from "@rejoin/client";

const PAGE = 1000;

export interface ListedObjects {
  readonly objects: readonly ObjectResource[];
  /** There are more. */
  readonly isCut: boolean;
}

export async function listObjects(
  admin: AdminClient,
  service: string,
  {
    prefix,
    scope,
    limit,
  }: { readonly prefix?: string; readonly scope?: string; readonly limit: number },
): Promise<ListedObjects> {
  const objects: ObjectResource[] = [];
  let after: string | undefined;
  do {
    const page = await admin.listObjects(service, {
      ...(prefix === undefined ? {} : { prefix }),
      ...(scope === undefined ? {} : { scope }),
      ...(after === undefined ? {} : { after }),
      limit: Math.min(PAGE, limit - objects.length),
    });
    objects.push(...page.objects);
    after = page.next;
  } while (after !== undefined && objects.length < limit);
  return { objects, isCut: after !== undefined };
}
