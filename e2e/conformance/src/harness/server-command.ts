/** How the server of a cell is run, and with which settings: they mean the same to each of them. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findRestartPort } from "../../../src/support/restart-port.ts";
import type { EmbeddedServerOptions } from "../services/embedded-server.ts";
import type { Cell } from "./cell.ts";
import { type InvocationView, resourceView, sqlView } from "./invocation-view.ts";

const REJOIN = fileURLToPath(new URL("../../../../packages/cli/bin/rejoin.mjs", import.meta.url));
const EMBEDDED = fileURLToPath(new URL("../services/embedded-server.ts", import.meta.url));
/** By its place: the server runs in a folder of its own. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const POLYFILL = new URL("../../../src/support/promise-with-resolvers.mjs", import.meta.url).href;

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly view: InvocationView;
  /** It has the services of the suite in its own process, and tells its parent what they lack. */
  readonly embedsServices: boolean;
}

export interface Places {
  /** A file with its key. */
  readonly pemFile: string;
  readonly directory: string;
  readonly ingress: string;
  readonly admin: string;
}

export async function toServerCommand(cell: Cell, places: Places): Promise<ServerCommand> {
  if (cell.server === "restate") return await restate(cell, places);
  return cell.transport === "in-process" ? embedded(cell, places) : rejoin(cell, places);
}

/** Retries that a test can wait for, and a sweep that it can see. */
const RETRY_INITIAL_MS = 50;
const RETRY_MAX_MS = 1000;
const CLEANUP_MS = 1000;

function rejoin(cell: Cell, places: Places): ServerCommand {
  const { pemFile, directory, ingress, admin } = places;
  const addresses = ["--ingress-address", ingress, "--admin-address", admin];
  return {
    program: process.execPath,
    args: [REJOIN, "server", "--data-dir", join(directory, "data"), ...addresses],
    variables: {
      REJOIN_LOG_FORMAT: "json",
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: pemFile,
      REJOIN_MAX_PROTOCOL_VERSION: `${cell.protocol}`,
      REJOIN_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: `${RETRY_INITIAL_MS}ms`,
      REJOIN_DEFAULT_RETRY_POLICY__MAX_INTERVAL: `${RETRY_MAX_MS}ms`,
      REJOIN_LIMITS__RETENTION_INTERVAL: `${CLEANUP_MS}ms`,
      ...(cell.suspends === "always" ? { REJOIN_DEFAULT_INACTIVITY_TIMEOUT: "0s" } : {}),
    },
    view: resourceView,
    embedsServices: false,
  };
}

/** The packages as they were built, as the `rejoin` command has them; only the suite is sources. */
function embedded(cell: Cell, places: Places): ServerCommand {
  const { pemFile, directory, ingress, admin } = places;
  const options: EmbeddedServerOptions = {
    dataDir: join(directory, "data"),
    ingressAddress: ingress,
    adminAddress: admin,
    identityKeyFile: pemFile,
    maxProtocolVersion: cell.protocol,
    defaults: {
      retryPolicy: { initialIntervalMs: RETRY_INITIAL_MS, maxIntervalMs: RETRY_MAX_MS },
      ...(cell.suspends === "always" ? { inactivityTimeoutMs: 0 } : {}),
    },
    limits: { retentionIntervalMs: CLEANUP_MS },
  };
  const loaders = ["--import", TSX, "--import", POLYFILL];
  return {
    program: process.execPath,
    args: [...loaders, EMBEDDED, JSON.stringify(options)],
    variables: {},
    view: resourceView,
    embedsServices: true,
  };
}

/** The reference, from the folder of the benchmarks, which installs it. */
async function restate(cell: Cell, places: Places): Promise<ServerCommand> {
  const { pemFile, directory, ingress, admin } = places;
  const { ensureInstalled } = await import("../../../../bench/src/restate/install.ts");
  const { serverBinary } = await ensureInstalled();
  return {
    program: serverBinary,
    args: ["--base-dir", join(directory, "data")],
    variables: {
      DO_NOT_TRACK: "1",
      DISABLE_TELEMETRY: "1",
      RUST_LOG: "warn",
      RESTATE_LOG_DISABLE_ANSI_CODES: "true",
      RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: pemFile,
      RESTATE_DEFAULT_NUM_PARTITIONS: "2",
      RESTATE_INGRESS__BIND_ADDRESS: ingress,
      RESTATE_ADMIN__BIND_ADDRESS: admin,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${await findRestartPort()}`,
      RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: `${RETRY_INITIAL_MS}ms`,
      RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: `${RETRY_MAX_MS}ms`,
      RESTATE_WORKER__CLEANUP_INTERVAL: `${CLEANUP_MS}ms`,
      ...(cell.suspends === "always" ? { RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: "0s" } : {}),
      ...(cell.protocol === 7 ? PROTOCOL_7 : {}),
    },
    view: sqlView,
    embedsServices: false,
  };
}

/** What only protocol 7 can say, scopes, needs the other. */
const PROTOCOL_7 = {
  RESTATE_EXPERIMENTAL_ENABLE_PROTOCOL_V7: "true",
  RESTATE_EXPERIMENTAL_ENABLE_VQUEUES: "true",
};
