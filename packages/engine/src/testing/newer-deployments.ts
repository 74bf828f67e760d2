/** A registry in which a service has been deployed several times. */
import type { Registry } from "../registry.ts";
import { createRegistry, DEPLOYMENT } from "./registry.ts";

/** `dp` and three newer ones: `new`, `old-protocol` (only version 5) and `other` (other handlers). */
export function newerDeployments(): Registry {
  const registry = createRegistry();
  const svc = registry.latest("Svc");
  if (svc === undefined) throw new Error("there is no service");
  const revisions = new Map([
    [DEPLOYMENT, svc],
    ["new", { ...svc, revision: 2, deploymentId: "new" }],
    ["old-protocol", { ...svc, revision: 3, deploymentId: "old-protocol" }],
    ["other", { ...svc, revision: 4, deploymentId: "other", handlers: new Map() }],
  ]);
  return {
    ...registry,
    latest: (service) => (service === "Svc" ? revisions.get("new") : registry.latest(service)),
    revisionAt: (service, id) =>
      service === "Svc" ? revisions.get(id) : registry.revisionAt(service, id),
    deployment: (id) => {
      if (!revisions.has(id)) return undefined;
      return { id, minProtocolVersion: 5, maxProtocolVersion: id === "old-protocol" ? 5 : 7 };
    },
  };
}
