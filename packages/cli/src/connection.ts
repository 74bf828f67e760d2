/** Where the server is: flag, then `REJOIN_…`, then `RESTATE_…`, then the local ports. */
import type { CliEnvironment } from "./environment/cli-environment.ts";

export interface Endpoint {
  readonly url: string;
  /** Where the URL comes from: a flag, a variable or `default`. */
  readonly source: string;
}

export interface Connection {
  readonly admin: Endpoint;
  readonly ingress: Endpoint;
  /** Sent to both, if there is one. */
  readonly token: string | undefined;
}

export interface ConnectionFlags {
  readonly adminUrl?: string;
  readonly ingressUrl?: string;
}

export const LOCAL_ADMIN_URL = "http://127.0.0.1:9070";
export const LOCAL_INGRESS_URL = "http://127.0.0.1:8080";

export function resolveConnection(
  { variables }: CliEnvironment,
  flags: ConnectionFlags,
): Connection {
  const find = (flag: string, given: string | undefined, name: string, local: string): Endpoint => {
    if (given !== undefined) return { url: toUrl(given), source: flag };
    for (const variable of [`REJOIN_${name}`, `RESTATE_${name}`]) {
      const value = variables[variable];
      if (value !== undefined && value !== "") return { url: toUrl(value), source: variable };
    }
    return { url: local, source: "default" };
  };
  return {
    admin: find("--admin-url", flags.adminUrl, "ADMIN_URL", LOCAL_ADMIN_URL),
    ingress: find("--ingress-url", flags.ingressUrl, "INGRESS_URL", LOCAL_INGRESS_URL),
    token: variables.REJOIN_AUTH_TOKEN || variables.RESTATE_AUTH_TOKEN || undefined,
  };
}

/** A URL as people write it: the scheme is `http://` unless they say so. */
export function toUrl(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}
