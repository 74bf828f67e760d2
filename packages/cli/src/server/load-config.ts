/** Finds the configuration file and reads the whole configuration. */
import { resolve } from "node:path";
import { configError } from "../config/config-error.ts";
import { resolveConfig, type ServerConfig } from "../config/server-config.ts";
import type { CliEnvironment } from "../environment/cli-environment.ts";

export interface LoadOptions {
  /** `--config-file`; else `REJOIN_CONFIG` names it. */
  readonly configFile: string | undefined;
  /** By the names of the options. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

export async function loadConfig(
  environment: CliEnvironment,
  { configFile, flags }: LoadOptions,
): Promise<ServerConfig> {
  const { variables, cwd } = environment;
  const path = configFile ?? (variables.REJOIN_CONFIG || undefined);
  const file = path === undefined ? undefined : { path, text: await read(environment, cwd, path) };
  return resolveConfig({ file, variables, flags });
}

async function read({ files }: CliEnvironment, cwd: string, path: string): Promise<string> {
  try {
    return await files.readText(resolve(cwd, path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw configError(`the configuration file ${path} cannot be read: ${reason}`, {
      hint: "--config-file and REJOIN_CONFIG name it",
      cause: error,
    });
  }
}
