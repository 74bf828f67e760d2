/**
 * Ids of deployments. Those in the server's own process are `embedded:<name>`; tools of the
 * ecosystem only take `dp_…`, so each of them has an alias in that form, the same everywhere.
 */
import { createHash } from "node:crypto";
import { formatDeploymentId, UUID_BYTES } from "@rejoin/protocol";
import type { RegistrySnapshot } from "./snapshot.ts";

const EMBEDDED_PREFIX = "embedded:";

export function embeddedId(name: string): string {
  return EMBEDDED_PREFIX + name;
}

export function isEmbeddedId(id: string): boolean {
  return id.startsWith(EMBEDDED_PREFIX) && id.length > EMBEDDED_PREFIX.length;
}

/** `id` as `dp_…`. */
export function aliasOf(id: string): string {
  if (!isEmbeddedId(id)) return id;
  const digest = createHash("sha256").update(id).digest();
  return formatDeploymentId(digest.subarray(0, UUID_BYTES));
}

/** The id of the deployment that `text` names, by its id or its alias; else `text` itself. */
export function resolveDeploymentId(snapshot: RegistrySnapshot, text: string): string {
  if (snapshot.deployment(text) !== undefined) return text;
  return snapshot.deployments.find(({ id }) => aliasOf(id) === text)?.id ?? text;
}
