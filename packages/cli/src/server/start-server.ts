/** Starts the server with a configuration; what goes wrong is said in one line. */
import { resolve } from "node:path";
import type { ErrorCode } from "@rejoin/protocol";
import { type Log, type RunningServer, start } from "@rejoin/server";
import { CliError } from "../cli-error.ts";
import {
  type ServerConfig,
  toDefaults,
  toLimits,
  toOutgoing,
  toTracing,
} from "../config/server-config.ts";

export interface StartServerOptions {
  readonly config: ServerConfig;
  /** What a relative data directory is relative to. */
  readonly cwd: string;
  readonly log: Log;
}

/** Rejects with a `CliError` that names the address or directory, and the option that changes it. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { config, cwd, log } = options;
  const { dataDir, ingressAddress, adminAddress, identityKeyFile } = config.options;
  const tracing = toTracing(config);
  const { value: allowedHosts } = config.options.adminAllowedHosts;
  try {
    return await start({
      services: [],
      dataDir: resolve(cwd, dataDir.value),
      ingressAddress: ingressAddress.value,
      adminAddress: adminAddress.value,
      ...(allowedHosts.length === 0 ? {} : { adminAllowedHosts: allowedHosts }),
      acceptDataLoss: config.options.acceptDataLoss.value,
      maxProtocolVersion: config.options.maxProtocolVersion.value,
      drainTimeoutMs: config.options.shutdownTimeout.value,
      defaults: toDefaults(config),
      deploymentRoutingHeaders: config.options.routingHeaders.value,
      limits: toLimits(config),
      outgoing: toOutgoing(config),
      ...(identityKeyFile.value === ""
        ? {}
        : { identityKeyFile: resolve(cwd, identityKeyFile.value) }),
      metrics: !config.options.noMetrics.value,
      ...(tracing === undefined ? {} : { tracing }),
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
  const remedy = typeof code === "string" ? REMEDIES[code] : undefined;
  if (remedy !== undefined) return new CliError(message, { ...remedy, cause: error });
  const isListening = error.cause instanceof Error && "syscall" in error.cause;
  if (isListening) {
    const hint = addressHint(message, config);
    return new CliError(message, { docCode: "RT0004", hint, cause: error });
  }
  return typeof code === "string" ? new CliError(message, { cause: error }) : error;
}

interface Remedy {
  readonly docCode?: ErrorCode;
  readonly hint: string;
}

const REMEDIES: Readonly<Record<string, Remedy>> = {
  IN_USE: { docCode: "RT0005", hint: "--data-dir or REJOIN_DATA_DIR names another directory" },
  NOT_WRITABLE: { hint: "--data-dir or REJOIN_DATA_DIR names another directory" },
  DATA_CORRUPTION: {
    hint: "--accept-data-loss starts with what is left; what was lost stays lost",
  },
  ADDITIONAL_HEADERS: {
    docCode: "RT0002",
    hint: "additional-request-headers or its variable has them",
  },
  IDENTITY_KEY: {
    docCode: "RT0002",
    hint: "request-identity-private-key-pem-file or its variable names another file",
  },
  HTTP_PROXY: {
    docCode: "RT0002",
    hint: "http-proxy or its variable says through which proxy deployments are reached",
  },
  TRACING_ENDPOINT: {
    docCode: "RT0002",
    hint: "tracing-endpoint or its variable names another address; empty for no traces",
  },
  UNSUPPORTED_FORMAT: {
    docCode: "RT0009",
    hint: "run the version of rejoin that wrote it, or use another --data-dir",
  },
};

function addressHint(message: string, { options }: ServerConfig): string {
  const isAdmin = message.includes(options.adminAddress.value);
  return isAdmin
    ? "--admin-address or REJOIN_ADMIN_ADDRESS names another address"
    : "--ingress-address or REJOIN_INGRESS_ADDRESS names another address";
}
