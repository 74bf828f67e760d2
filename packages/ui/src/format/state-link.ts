/** Addresses of the pages of objects. */

/** These mean something else in a path, escaped or not; the first would be no part of it at all. */
const UNWRITABLE = ["", ".", ".."];

/** The page of an object's state. */
export function stateLink(service: string, key: string, scope?: string): string {
  const query = new URLSearchParams();
  if (scope !== undefined) query.set("scope", scope);
  const isWritable = !UNWRITABLE.includes(key);
  if (!isWritable) query.set("key", key);
  const path = `/state/${encodeURIComponent(service)}${isWritable ? `/${encodeURIComponent(key)}` : ""}`;
  return query.size === 0 ? path : `${path}?${query}`;
}
