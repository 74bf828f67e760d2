/**
 * What the person has set up beforehand: the environments that servers live in, each a table of
 * `config.toml`; which of them is in use, in a file beside it; and variables in the `.env` of the
 * working directory.
 */
import { join } from "node:path";
import type { CliEnvironment } from "../environment/cli-environment.ts";
import { type Profile, parseProfiles } from "./profiles.ts";

export interface Settings {
  /** The names and the contents of the environments; `local` is always there. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The file with the environments; `undefined` without a home directory. */
  readonly configFile: string | undefined;
  /** The file that names the one in use. */
  readonly currentFile: string | undefined;
  /** What that file says. */
  readonly current: string | undefined;
  /** Of `.env`, those that say where the server is. */
  readonly dotenv: Readonly<Record<string, string>>;
  readonly dotenvFile: string | undefined;
  /** Why the file with the environments cannot be used. */
  readonly problem: string | undefined;
}

/** Others of `.env` are the programs' that live in the directory. */
const DOTENV_NAMES = /^(?:REJOIN|RESTATE)_(?:ADMIN_URL|INGRESS_URL|AUTH_TOKEN|ENVIRONMENT|HOST)$/;

/** Never rejects: a command that needs no server must not fail over them. */
export async function loadSettings(environment: CliEnvironment): Promise<Settings> {
  const paths = pathsOf(environment);
  const [config, current, dotenv] = await Promise.all([
    loadProfiles(environment, paths.configFile),
    readIfThere(environment, paths.currentFile),
    loadDotenv(environment),
  ]);
  const name = current?.trim();
  return { ...paths, ...config, ...dotenv, current: name === "" ? undefined : name };
}

type Paths = Pick<Settings, "configFile" | "currentFile">;

function pathsOf({ variables, cwd }: CliEnvironment): Paths {
  const home = variables.HOME || variables.USERPROFILE;
  const base = variables.XDG_CONFIG_HOME || (home && join(home, ".config"));
  const directory = variables.REJOIN_CLI_CONFIG_HOME || (base && join(base, "rejoin"));
  const file = variables.REJOIN_CLI_CONFIG || (directory && join(directory, "config.toml"));
  const absolute = (path: string | undefined) =>
    path ? join(isRooted(path) ? "" : cwd, path) : undefined;
  return {
    configFile: absolute(file),
    currentFile: absolute(directory && join(directory, "environment")),
  };
}

function isRooted(path: string): boolean {
  return path.startsWith("/") || path.startsWith("\\") || /^[a-z]:/i.test(path);
}

async function loadProfiles(
  environment: CliEnvironment,
  path: string | undefined,
): Promise<Pick<Settings, "profiles" | "problem">> {
  try {
    const text = await readIfThere(environment, path);
    const profiles = text === undefined ? new Map() : await parseProfiles(text);
    return { profiles, problem: undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { profiles: new Map(), problem: `${path}: ${reason}` };
  }
}

async function loadDotenv(
  environment: CliEnvironment,
): Promise<Pick<Settings, "dotenv" | "dotenvFile">> {
  const path = join(environment.cwd, ".env");
  const text = await readIfThere(environment, path).catch(() => undefined);
  if (text === undefined) return { dotenv: {}, dotenvFile: undefined };
  const { parse } = await import("dotenv");
  const chosen = Object.entries(parse(text)).filter(([name]) => DOTENV_NAMES.test(name));
  const dotenv = Object.fromEntries(chosen);
  return { dotenv, dotenvFile: chosen.length === 0 ? undefined : path };
}

async function readIfThere(
  { files }: CliEnvironment,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined || !(await files.exists(path))) return undefined;
  return files.readText(path);
}
