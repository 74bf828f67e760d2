/**
 * Where the server is. For each of its two URLs the first that there is:
 *
 * 1. `--admin-url`, `--ingress-url`
 * 2. the environment that `--environment` names
 * 3. `REJOIN_ADMIN_URL`, `REJOIN_INGRESS_URL`; then `RESTATE_…`; then those in `.env`
 * 4. `REJOIN_HOST`, with the usual ports
 * 5. the environment that `REJOIN_ENVIRONMENT` names, or that `rejoin config use-environment` chose
 * 6. the local ports
 */
import { CliError, EXIT } from "./cli-error.ts";
import { LOCAL, type Profile } from "./contexts/profiles.ts";
import type { Settings } from "./contexts/settings.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";

export interface Endpoint {
  readonly url: string;
  /** Where the URL comes from: a flag, a variable, an environment or `default`. */
  readonly source: string;
  /** Sent to it, if there is one. */
  readonly token: string | undefined;
}

export interface Connection {
  readonly admin: Endpoint;
  readonly ingress: Endpoint;
  /** The environment, and what chose it. */
  readonly environment: Chosen;
}

export interface Chosen {
  readonly name: string;
  readonly source: string;
}

export interface ConnectionFlags {
  readonly adminUrl?: string;
  readonly ingressUrl?: string;
  readonly environment?: string;
}

export const LOCAL_ADMIN_URL = "http://127.0.0.1:9070";
export const LOCAL_INGRESS_URL = "http://127.0.0.1:8080";

/** Throws a {@link CliError} if the environment that was chosen is not known. */
export function resolveConnection(
  { variables }: CliEnvironment,
  flags: ConnectionFlags,
  settings: Settings,
): Connection {
  const find: Find = (name) => findVariable(variables, settings, name);
  const environment = chooseEnvironment(find, flags, settings);
  const profile = findProfile(environment.name, settings);
  const isAsked = flags.environment !== undefined;
  const token = find("AUTH_TOKEN")?.value;
  const own = (url: string): Endpoint => {
    const source = `environment ${environment.name}`;
    return { url: toServerUrl(url, source), source, token: token ?? profile.token };
  };
  const resolve = ({ kind, port, flag, profiled, local }: Candidates): Endpoint => {
    if (flag !== undefined) {
      const source = `--${kind}-url`;
      return { url: toServerUrl(flag, source), source, token };
    }
    if (isAsked && profiled !== undefined) return own(profiled);
    const variable = find(`${kind.toUpperCase()}_URL`);
    if (variable !== undefined)
      return { ...variable, url: toServerUrl(variable.value, variable.source), token };
    const host = find("HOST");
    if (host !== undefined) {
      const url = `${toServerUrl(host.value, host.source)}:${port}`;
      return { url, source: host.source, token };
    }
    return profiled === undefined ? { url: local, source: "default", token } : own(profiled);
  };
  const admin = { kind: "admin", port: 9070, local: LOCAL_ADMIN_URL } as const;
  const ingress = { kind: "ingress", port: 8080, local: LOCAL_INGRESS_URL } as const;
  return {
    admin: resolve({ ...admin, flag: flags.adminUrl, profiled: profile.adminUrl }),
    ingress: resolve({ ...ingress, flag: flags.ingressUrl, profiled: profile.ingressUrl }),
    environment,
  };
}

interface Candidates {
  readonly kind: "admin" | "ingress";
  /** Of a host that is named without one. */
  readonly port: number;
  readonly local: string;
  readonly flag: string | undefined;
  readonly profiled: string | undefined;
}

interface Variable {
  readonly value: string;
  readonly source: string;
}

type Find = (name: string) => Variable | undefined;

function chooseEnvironment(find: Find, flags: ConnectionFlags, { current }: Settings): Chosen {
  if (flags.environment !== undefined) return { name: flags.environment, source: "--environment" };
  const variable = find("ENVIRONMENT");
  if (variable !== undefined) return { name: variable.value, source: variable.source };
  if (current !== undefined) return { name: current, source: "rejoin config use-environment" };
  return { name: LOCAL, source: "default" };
}

function findVariable(
  variables: CliEnvironment["variables"],
  { dotenv }: Settings,
  name: string,
): Variable | undefined {
  const names = [`REJOIN_${name}`, `RESTATE_${name}`];
  for (const variable of names) {
    const value = variables[variable];
    if (value !== undefined && value !== "") return { value, source: variable };
  }
  for (const variable of names) {
    const value = dotenv[variable];
    if (value !== undefined && value !== "") return { value, source: `${variable} in .env` };
  }
  return undefined;
}

const NOTHING: Profile = { adminUrl: undefined, ingressUrl: undefined, token: undefined };

function findProfile(name: string, { profiles, problem, configFile }: Settings): Profile {
  const profile = profiles.get(name);
  if (profile !== undefined || name === LOCAL) return profile ?? NOTHING;
  if (problem !== undefined) {
    throw new CliError(`the environments cannot be read: ${problem}`, {
      hint: "`rejoin config edit` opens the file",
    });
  }
  const known = [...new Set([LOCAL, ...profiles.keys()])].join(", ");
  throw new CliError(`there is no environment ${name} in ${configFile ?? "any file"}`, {
    hint: `there are ${known}; \`rejoin config add-environment\` adds one`,
  });
}

/** A URL as people write it: the scheme is `http://` unless they say so. */
export function toUrl(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

/**
 * A URL of the server, likewise; `source` names where it was found. Throws a {@link CliError} that does
 * not show it if it holds a password.
 */
export function toServerUrl(text: string, source: string): string {
  const url = toUrl(text);
  if (!hasCredentials(url)) return url;
  throw new CliError(`the URL of ${source} has a user or a password in it`, {
    exitCode: EXIT.usage,
    hint: "leave it out and set REJOIN_AUTH_TOKEN, which is sent as a bearer token",
  });
}

/** Whether there is a user or a password in a URL, or in what is nearly one. */
export function hasCredentials(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i.test(url);
}
