/** Commands in processes of their own, watched through what they print. */
import { type ChildProcess, spawn } from "node:child_process";
import { onTestFinished } from "vitest";

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the variables of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Each process may compile its sources first, and the machine may be busy. */
const OUTPUT_TIMEOUT_MS = 30_000;

/** Runs Node with these arguments. Neither it nor what it starts outlives the test. */
export function startNode(args: readonly string[], options: CommandOptions = {}): WatchedProcess {
  return startCommand(process.execPath, args, options);
}

/** Runs a command, likewise. */
export function startCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): WatchedProcess {
  const started = new WatchedProcess(command, args, options);
  onTestFinished(async () => void (await started.kill()));
  return started;
}

export class WatchedProcess {
  /** Standard output and standard error, as they came. */
  output = "";
  stdout = "";
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #end: CommandEnd | undefined;

  constructor(command: string, args: readonly string[], { cwd, variables }: CommandOptions) {
    this.#child = spawn(command, args, {
      cwd,
      env: { ...inheritedVariables(), NO_COLOR: "1", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: `tsx watch` runs what it watches in yet another process.
      detached: true,
    });
    const onExit = () => this.#signal("SIGKILL");
    process.once("exit", onExit);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#take(text);
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#take(String(error)));
      this.#child.once("close", (code, signal) => {
        process.off("exit", onExit);
        this.#end = { code, signal };
        resolve(this.#end);
        this.#wake();
      });
    });
  }

  /** What the pattern finds in the output, when it does; rejects if it never will. */
  async find(pattern: RegExp, timeoutMs = OUTPUT_TIMEOUT_MS): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      const untilMs = deadline - Date.now();
      if (this.#end !== undefined || untilMs <= 0) {
        const what = this.#end === undefined ? `waited ${timeoutMs} ms for` : "ended without";
        throw new Error(`${this.#child.spawnargs.join(" ")}: ${what} ${pattern}:\n${this.output}`);
      }
      await this.#more(untilMs);
    }
  }

  /** Asks it to end by itself, and waits until it has. */
  async stop(): Promise<CommandEnd> {
    if (this.#end === undefined) this.#signal("SIGTERM");
    return await this.ended;
  }

  /** Ends it as a crash does, with all that it has started, and waits until it is gone. */
  async kill(): Promise<CommandEnd> {
    if (this.#end === undefined) this.#signal("SIGKILL");
    return await this.ended;
  }

  /** To its group, which is there until all of it has let go of our pipes. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // It has just ended by itself; anything else is worth knowing.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  #take(text: string): void {
    this.output += text;
    this.#wake();
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Without what would change how Node, the server or a service behaves. */
function inheritedVariables(): NodeJS.ProcessEnv {
  const changing = /^(REJOIN_|RESTATE_|NODE_OPTIONS$|FORCE_COLOR$|PORT$|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !changing.test(name)));
}
