/** A process that a cell or a test has started. */
import type { ChildProcess } from "node:child_process";

const OUTPUT_CHARS_KEPT = 20_000;
const STOP_LIMIT_MS = 20_000;

export class Child {
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #process: ChildProcess;
  #output = "";

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARS_KEPT);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once("close", () => resolve());
      child.once("error", (error) => {
        this.#output += String(error);
        resolve();
      });
    });
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Does not let it outlive this process; for what would not end by itself then. */
  endWithParent(): void {
    const kill = () => this.#process.kill("SIGKILL");
    process.once("exit", kill);
    void this.ended.then(() => process.off("exit", kill));
  }

  /** Rejects when it ends before `ready`. */
  async whileAlive<T>(ready: Promise<T>): Promise<T> {
    const ended = this.ended.then(() => {
      throw new Error(`${this.#name} has ended before it was ready:\n${this.#output}`);
    });
    return await Promise.race([ready, ended]);
  }

  /** The next message that it sends. */
  message<T>(): Promise<T> {
    return new Promise((resolve) => {
      this.#process.once("message", (message) => resolve(message as T));
    });
  }

  /** Asks it to end by itself, and waits until it has. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}
