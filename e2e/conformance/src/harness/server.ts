/** A server as a cell wants it, in a process of its own, which can be ended and started again. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findRestartPort } from "../../../src/support/restart-port.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../src/support/temporary-directory.ts";
import type { Cell } from "./cell.ts";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { createIdentity } from "./identity.ts";
import { type InvocationView, resourceView, sqlView } from "./invocation-view.ts";

const REJOIN = fileURLToPath(new URL("../../../../packages/cli/bin/rejoin.mjs", import.meta.url));
const READY_LIMIT_MS = 60_000;

export interface Server {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly view: InvocationView;
  /** Its requests to services are signed; they can be checked with this key. */
  readonly publicKey: string;
  /** The end of what it has printed. */
  output(): string;
  /** Ends it as a crash does, and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  /** Asks it to end by itself, and starts it again on the same data. */
  stopAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** How to run a server. */
interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly view: InvocationView;
}

interface Places {
  /** A file with its key. */
  readonly pemFile: string;
  readonly directory: string;
  readonly ingress: string;
  readonly admin: string;
}

/** Starts a server for the cell on free ports, with a directory of its own. */
export async function startServer(cell: Cell): Promise<Server> {
  const directory = await createTemporaryDirectory();
  const { pem, publicKey } = createIdentity();
  const places: Places = {
    pemFile: join(directory.path, "identity.pem"),
    directory: directory.path,
    ingress: `127.0.0.1:${await findRestartPort()}`,
    admin: `127.0.0.1:${await findRestartPort()}`,
  };
  await writeFile(places.pemFile, pem);
  const command = await (cell.server === "rejoin" ? rejoin(cell, places) : restate(cell, places));
  const server = new ServerProcess({ command, places, directory, publicKey });
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

interface ServerParts {
  readonly command: Command;
  readonly places: Places;
  readonly directory: TemporaryDirectory;
  readonly publicKey: string;
}

class ServerProcess implements Server {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly view: InvocationView;
  readonly publicKey: string;
  readonly #command: Command;
  readonly #directory: TemporaryDirectory;
  #child: Child | undefined;

  constructor({ command, places, directory, publicKey }: ServerParts) {
    this.ingressUrl = `http://${places.ingress}`;
    this.adminUrl = `http://${places.admin}`;
    this.publicKey = publicKey;
    this.view = command.view;
    this.#command = command;
    this.#directory = directory;
  }

  output(): string {
    return this.#child?.output ?? "";
  }

  async start(): Promise<void> {
    const { program, args, variables } = this.#command;
    const spawned = spawn(program, args, {
      cwd: this.#directory.path,
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = new Child(program, spawned);
    this.#child.endWithParent();
    await this.#child.whileAlive(this.#untilHealthy());
  }

  async #untilHealthy(): Promise<void> {
    for (const url of [`${this.adminUrl}/health`, `${this.ingressUrl}/restate/health`]) {
      const attempt = async () => {
        const { status } = await fetch(url);
        if (status !== 200) throw new Error(`it answered ${status}`);
      };
      await eventually(`${url} is healthy`, attempt, READY_LIMIT_MS);
    }
  }

  async crashAndRestart(): Promise<void> {
    await this.#child?.kill();
    await this.start();
  }

  async stopAndRestart(): Promise<void> {
    await this.#child?.stop();
    await this.start();
  }

  async close(): Promise<void> {
    await this.#child?.kill();
    await this.#directory.remove();
  }
}

/** Retries that a test can wait for, and a sweep that it can see. */
const RETRY = { initial: "50ms", max: "1s" };
const CLEANUP = "1s";

async function rejoin(cell: Cell, places: Places): Promise<Command> {
  const { pemFile, directory, ingress, admin } = places;
  const addresses = ["--ingress-address", ingress, "--admin-address", admin];
  return {
    program: process.execPath,
    args: [REJOIN, "server", "--data-dir", join(directory, "data"), ...addresses],
    variables: {
      REJOIN_LOG_FORMAT: "json",
      REJOIN_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: pemFile,
      REJOIN_MAX_PROTOCOL_VERSION: `${cell.protocol}`,
      REJOIN_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: RETRY.initial,
      REJOIN_DEFAULT_RETRY_POLICY__MAX_INTERVAL: RETRY.max,
      REJOIN_LIMITS__RETENTION_INTERVAL: CLEANUP,
      ...(cell.suspends === "always" ? { REJOIN_DEFAULT_INACTIVITY_TIMEOUT: "0s" } : {}),
    },
    view: resourceView,
  };
}

/** The reference, from the folder of the benchmarks, which installs it. */
async function restate(cell: Cell, places: Places): Promise<Command> {
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
      RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: RETRY.initial,
      RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: RETRY.max,
      RESTATE_WORKER__CLEANUP_INTERVAL: CLEANUP,
      ...(cell.suspends === "always" ? { RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: "0s" } : {}),
      ...(cell.protocol === 7 ? PROTOCOL_7 : {}),
    },
    view: sqlView,
  };
}

/** What only protocol 7 can say, scopes, needs the other. */
const PROTOCOL_7 = {
  RESTATE_EXPERIMENTAL_ENABLE_PROTOCOL_V7: "true",
  RESTATE_EXPERIMENTAL_ENABLE_VQUEUES: "true",
};
