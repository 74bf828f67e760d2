/** What the admin API needs of the server. The composition root provides it. */
import type { Log } from "../ports/ports.ts";
import type { Registrar } from "../registry/registrar.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";

export interface AdminInfo {
  readonly version: string;
  /** Where handlers are called. */
  readonly ingressUrl: string;
}

export interface AdminPorts {
  readonly info: AdminInfo;
  /** Whether requests to the ingress would be taken. */
  readonly isReady: () => boolean;
  readonly registry: () => RegistrySnapshot;
  readonly log: Log;
  readonly deployments: Pick<Registrar, "register" | "update" | "remove">;
}

export interface AdminLimits {
  readonly adminBodyBytesMax: number;
}
