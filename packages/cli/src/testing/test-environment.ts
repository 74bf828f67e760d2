/** An environment whose terminal, signals and answers a test controls; its files are real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CliEnvironment, StopSignal } from "../environment/cli-environment.ts";
import { createRealEnvironment } from "../environment/real-environment.ts";
import { runCli } from "../run-cli.ts";

export interface TestOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the person says; without it there is nobody to ask. */
  readonly answer?: boolean;
  readonly isTerminal?: boolean;
  readonly overrides?: Partial<CliEnvironment>;
}

/** A terminal without a person, unless the options say otherwise. */
export class TestTerminal {
  stdout = "";
  stderr = "";
  /** What it was asked. */
  readonly questions: string[] = [];
  readonly exitCodes: number[] = [];
  readonly environment: CliEnvironment;
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #waiting = new Set<() => void>();

  constructor(options: TestOptions = {}) {
    const { answer, isTerminal = false } = options;
    this.environment = {
      ...createRealEnvironment(),
      variables: options.variables ?? {},
      cwd: options.cwd ?? process.cwd(),
      stdout: { isTerminal, write: (text) => this.#written(() => (this.stdout += text)) },
      stderr: { isTerminal, write: (text) => this.#written(() => (this.stderr += text)) },
      canAsk: answer !== undefined,
      confirm: async (question) => {
        this.questions.push(question);
        return answer === true;
      },
      onSignal: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      exit: (code) => void this.exitCodes.push(code),
      ...options.overrides,
    };
  }

  /** Runs `rejoin <args>`; the result is the exit code. */
  run(...args: readonly string[]): Promise<number> {
    return runCli(args, this.environment);
  }

  signal(signal: StopSignal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** What the pattern finds in stdout and stderr, when it does. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(`${this.stdout}\n${this.stderr}`);
      if (match !== null) return match;
      await new Promise<void>((resolve) => void this.#waiting.add(resolve));
    }
  }

  #written(append: () => void): void {
    append();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rejoin-cli-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
