/** The program in a process of its own, from its sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

export interface RejoinOptions {
  readonly cwd?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Written to stdin, which then ends. */
  readonly input?: string;
}

export interface ProcessResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts `rejoin <args>`; it does not outlive the test. */
export function startRejoin(args: readonly string[], options: RejoinOptions = {}): RejoinProcess {
  const own = new RejoinProcess(args, options);
  onTestFinished(async () => {
    own.kill("SIGKILL");
    await own.ended;
  });
  return own;
}

export class RejoinProcess {
  stdout = "";
  stderr = "";
  readonly ended: Promise<ProcessResult>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #result: ProcessResult | undefined;

  constructor(args: readonly string[], { cwd, variables, input }: RejoinOptions) {
    const options = ["--conditions=rejoin:source", "--import", TSX, MAIN];
    const { CI: _ci, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [...options, ...args], {
      cwd,
      env: { ...inherited, NO_COLOR: "1", ...variables },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdin?.end(input);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        this.#result = { code, signal };
        resolve(this.#result);
        this.#wake();
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What the pattern finds in the output, when it does; rejects if the process ends before. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(`${this.stdout}\n${this.stderr}`);
      if (match !== null) return match;
      if (this.#result !== undefined) {
        throw new Error(`ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => void this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
