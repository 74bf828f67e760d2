/** `rejoin server`, as it is installed, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findRestartPort } from "./restart-port.ts";

export interface RejoinServerOptions {
  readonly dataDir: string;
  readonly ingressPort: number;
  readonly adminPort: number;
  /** `REJOIN_…`: its configuration. */
  readonly variables?: Readonly<Record<string, string>>;
}

const rejoin = fileURLToPath(new URL("../../../packages/cli/bin/rejoin.mjs", import.meta.url));
const stderrCharsMax = 100_000;

/** Free ports and a data directory, to be used for one server after another. */
export async function planRejoinServer(dataDir: string): Promise<RejoinServerOptions> {
  return { dataDir, ingressPort: await findRestartPort(), adminPort: await findRestartPort() };
}

/** Starts a server; {@link RejoinServer.kill} it when done. */
export function startRejoinServer(options: RejoinServerOptions): RejoinServer {
  return new RejoinServer(options);
}

export class RejoinServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  #stderr = "";

  constructor({ dataDir, ingressPort, adminPort, variables = {} }: RejoinServerOptions) {
    const [ingress, admin] = [`127.0.0.1:${ingressPort}`, `127.0.0.1:${adminPort}`];
    this.ingressUrl = `http://${ingress}`;
    this.adminUrl = `http://${admin}`;
    const flags = ["--data-dir", dataDir, "--ingress-address", ingress, "--admin-address", admin];
    const child = spawn(process.execPath, [rejoin, "server", ...flags], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrCharsMax);
    });
    this.ended = new Promise((resolve) => child.once("close", () => resolve()));
    this.#ready = new Promise((resolve, reject) => {
      let stdout = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (/^rejoin server is ready: .*\n/m.test(stdout)) resolve();
      });
      child.once("close", (code, signal) => {
        reject(new Error(`the server ended (${signal ?? code}) before ready: ${this.#stderr}`));
      });
    });
    this.#ready.catch(() => undefined);
  }

  /** The end of its log. */
  get stderr(): string {
    return this.#stderr;
  }

  get isAlive(): boolean {
    const { exitCode, signalCode, killed } = this.#process;
    return exitCode === null && signalCode === null && !killed;
  }

  /** Resolves when it takes requests; rejects if it ends before. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}
