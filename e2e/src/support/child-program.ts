/** Programs of `src/programs`, compiled, in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A JSON line that a program has printed. */
export interface ProgramLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  /** The file's name without its extension. */
  readonly program: string;
  readonly args: readonly string[];
  /** Options of Node, such as `--expose-gc`. */
  readonly nodeOptions?: readonly string[];
  /** A command that runs the program, such as `strace`, with its options. */
  readonly under?: readonly string[];
  /** Told of every line, at once. */
  readonly onLine?: (line: ProgramLine) => void;
}

/** Starts a program; {@link ChildProgram.kill} it when done. It also ends with this process. */
export function startProgram(options: ProgramOptions): ChildProgram {
  return new ChildProgram(options);
}

export class ChildProgram {
  readonly ended: Promise<ProgramEnd>;
  readonly lines: ProgramLine[] = [];
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stderr = "";
  #rest = "";
  #end: ProgramEnd | undefined;

  constructor(options: ProgramOptions) {
    const { program, args, nodeOptions = [], under = [], onLine } = options;
    // Beside `src` when this file runs as it is, beside `support` when it is compiled.
    const path = fileURLToPath(new URL(`../../dist/programs/${program}.js`, import.meta.url));
    const [command = "", ...rest] = [...under, process.execPath, ...nodeOptions, path, ...args];
    this.#process = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdin?.on("error", () => undefined);
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#take(text, onLine);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => {
        this.#end = { code, signal };
        resolve(this.#end);
        this.#wake();
      });
    });
    this.ended.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isAlive(): boolean {
    return this.#end === undefined && this.#process.exitCode === null && !this.#process.killed;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first line of that event; rejects if the program ends without it. */
  async line(event: string): Promise<ProgramLine> {
    for (;;) {
      const found = this.lines.find((line) => line.event === event);
      if (found !== undefined) return found;
      if (this.#end !== undefined) {
        const { code, signal } = this.#end;
        throw new Error(`the program ended (${signal ?? code}) without ${event}: ${this.#stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The ingress that a program has announced by its line `ready`. */
  async ingressUrl(): Promise<string> {
    return String((await this.line("ready")).ingressUrl);
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<ProgramEnd> {
    if (this.#end === undefined) this.#process.kill("SIGKILL");
    return await this.ended;
  }

  /** Asks it to end by itself, and waits until it has. */
  async close(): Promise<ProgramEnd> {
    this.#process.stdin?.end();
    return await this.ended;
  }

  #take(text: string, onLine: ((line: ProgramLine) => void) | undefined): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = JSON.parse(part) as ProgramLine;
      this.lines.push(line);
      onLine?.(line);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
