/** Starts the server with a configuration; what goes wrong is said in one line. */
import { resolve } from "node:path";
import { type Log, type RunningServer, start } from "@rejoin/server";
import { CliError } from "../cli-error.ts";
import { type ServerConfig, toDefaults, toLimits } from "../config/server-config.ts";

export interface StartServerOptions {
  readonly config: ServerConfig;
  /** What a relative data directory is relative to. */
  readonly cwd: string;
  readonly log: Log;
}

/** Rejects with a `CliError` that names the address or directory, and the option that changes it. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { config, cwd, log } = options;
  const { dataDir, ingressAddress, adminAddress } = config.options;
  try {
    return await start({
      services: [],
      dataDir: resolve(cwd, dataDir.value),
      ingressAddress: ingressAddress.value,
      adminAddress: adminAddress.value,
      acceptDataLoss: config.options.acceptDataLoss.value,
      maxProtocolVersion: config.options.maxProtocolVersion.value,
      drainTimeoutMs: config.options.shutdownTimeout.value,
      defaults: toDefaults(config),
      limits: toLimits(config),
      log,
    });
  } catch (error) {
    throw toStartError(error, config);
  }
}

function toStartError(error: unknown, config: ServerConfig): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(/\s*\n\s*/g, " ");
  const code = "code" in error ? error.code : undefined;
  const hint = typeof code === "string" ? STORE_HINTS[code] : undefined;
  if (hint !== undefined) return new CliError(message, { hint, cause: error });
  const isListening = error.cause instanceof Error && "syscall" in error.cause;
  if (isListening)
    return new CliError(message, { hint: addressHint(message, config), cause: error });
  return typeof code === "string" ? new CliError(message, { cause: error }) : error;
}

const STORE_HINTS: Readonly<Record<string, string>> = {
  IN_USE: "--data-dir or REJOIN_DATA_DIR names another directory",
  NOT_WRITABLE: "--data-dir or REJOIN_DATA_DIR names another directory",
  DATA_CORRUPTION: "--accept-data-loss starts with what is left; what was lost stays lost",
  UNSUPPORTED_FORMAT: "run the version of rejoin that wrote it, or use another --data-dir",
};

function addressHint(message: string, { options }: ServerConfig): string {
  const isAdmin = message.includes(options.adminAddress.value);
  return isAdmin
    ? "--admin-address or REJOIN_ADMIN_ADDRESS names another address"
    : "--ingress-address or REJOIN_INGRESS_ADDRESS names another address";
}
