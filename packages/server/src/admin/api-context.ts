/** What the routes of one version of the API are made with. */
import { aliasOf, resolveDeploymentId } from "../registry/deployment-id.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";
import type { InvocationView } from "./resources/invocation.ts";

/** 2 differs in what a registration does by default; 3 and 4 are equal. */
export type ApiVersion = 2 | 3 | 4;

export const API_VERSIONS: readonly ApiVersion[] = [2, 3, 4];

export class ApiContext {
  readonly ports: AdminPorts;
  readonly limits: AdminLimits;
  /** `undefined` for paths without a version: the newest one, with ids as they are. */
  readonly version: ApiVersion | undefined;

  constructor(ports: AdminPorts, limits: AdminLimits, version: ApiVersion | undefined) {
    this.ports = ports;
    this.limits = limits;
    this.version = version;
  }

  /** A deployment's id for an answer: versioned paths are read by tools that only take `dp_…`. */
  readonly writeId = (id: string): string => (this.version === undefined ? id : aliasOf(id));

  /** The id of the deployment that a request names. */
  readonly readId = (text: string): string => resolveDeploymentId(this.ports.registry(), text);
}

/** What invocations are shown with at this moment. */
export function viewOf({ ports, writeId }: ApiContext): InvocationView {
  return {
    nowMs: ports.now(),
    snapshot: ports.registry(),
    isInFlight: (key) => ports.invocations.isInFlight(key),
    writeId,
  };
}
