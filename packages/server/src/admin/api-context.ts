/** What the routes of one version of the API are made with. */
import type { AdminLimits, AdminPorts } from "./ports.ts";

/** 2 differs in what a registration does by default; the others are equal. */
export type ApiVersion = 2 | 3 | 4;

export const API_VERSIONS: readonly ApiVersion[] = [2, 3, 4];
/** The version of the paths without a prefix. */
export const API_VERSION_DEFAULT: ApiVersion = 4;

export interface ApiContext {
  readonly ports: AdminPorts;
  readonly limits: AdminLimits;
  readonly version: ApiVersion;
}
