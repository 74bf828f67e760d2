/** A server as a cell wants it, in a process of its own, which can be ended and started again. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findRestartPort } from "../../../src/support/restart-port.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../src/support/temporary-directory.ts";
import type { EmbeddedServerReady } from "../services/embedded-server.ts";
import type { Cell } from "./cell.ts";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { createIdentity } from "./identity.ts";
import type { InvocationView } from "./invocation-view.ts";
import { type Places, type ServerCommand, toServerCommand } from "./server-command.ts";

const READY_LIMIT_MS = 60_000;

export interface Server {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly view: InvocationView;
  /** Its requests to services are signed; they can be checked with this key. */
  readonly publicKey: string;
  /** What the services in its own process lack; `undefined` if it has none of the suite's. */
  readonly lacking: Readonly<Record<string, string>> | undefined;
  /** The end of what it has printed. */
  output(): string;
  /** Ends it as a crash does, and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  /** Asks it to end by itself, and starts it again on the same data. */
  stopAndRestart(): Promise<void>;
  close(): Promise<void>;
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
  const command = await toServerCommand(cell, places);
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
  readonly command: ServerCommand;
  readonly places: Places;
  readonly directory: TemporaryDirectory;
  readonly publicKey: string;
}

class ServerProcess implements Server {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly view: InvocationView;
  readonly publicKey: string;
  readonly #command: ServerCommand;
  readonly #directory: TemporaryDirectory;
  #child: Child | undefined;
  #lacking: Readonly<Record<string, string>> | undefined;

  constructor({ command, places, directory, publicKey }: ServerParts) {
    this.ingressUrl = `http://${places.ingress}`;
    this.adminUrl = `http://${places.admin}`;
    this.publicKey = publicKey;
    this.view = command.view;
    this.#command = command;
    this.#directory = directory;
  }

  get lacking(): Readonly<Record<string, string>> | undefined {
    return this.#lacking;
  }

  output(): string {
    return this.#child?.output ?? "";
  }

  async start(): Promise<void> {
    const { program, args, variables, embedsServices } = this.#command;
    const spawned = spawn(program, args, {
      cwd: this.#directory.path,
      env: { ...process.env, ...variables },
      stdio: embedsServices ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#child = new Child(program, spawned);
    this.#child.endWithParent();
    if (embedsServices) {
      const ready = this.#child.message<EmbeddedServerReady>();
      this.#lacking = (await this.#child.whileAlive(ready)).lacking;
    }
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
