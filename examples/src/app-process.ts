/** The app of an example in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const LISTENING = /started listening on (\d+)\.\.\./;

export interface AppOptions {
  /** The file, such as `src/app.ts` of an example: TypeScript is run as it is. */
  readonly app: URL;
  /** Loaded before it. */
  readonly preloaded?: URL;
  /** Any free one by default. */
  readonly port?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export class AppProcess {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #output = "";

  constructor({ app, preloaded, port = 0, variables = {} }: AppOptions) {
    const flags = app.href.endsWith(".ts") ? ["--conditions=rejoin:source", "--import=tsx"] : [];
    if (preloaded !== undefined) flags.push(`--import=${preloaded.href}`);
    this.#child = spawn(process.execPath, [...flags, fileURLToPath(app)], {
      env: { ...process.env, ...variables, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        for (const wake of this.#waiting) wake();
      });
    }
    const killIt = () => this.#child.kill("SIGKILL");
    process.once("exit", killIt);
    this.ended = new Promise((resolve) => {
      this.#child.once("close", () => {
        process.off("exit", killIt);
        resolve();
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** The port, once it listens. */
  async listening(): Promise<number> {
    return Number((await this.printed(LISTENING))[1]);
  }

  /** Waits until it has printed what matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const match = new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const found = pattern.exec(this.#output);
        if (found === null) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
    const ended = this.ended.then(() => {
      throw new Error(`the app has ended before it printed ${pattern}:\n${this.#output}`);
    });
    return await Promise.race([match, ended]);
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
