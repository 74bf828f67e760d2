/** An environment whose terminal, signals and answers a test controls; its files are real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CliEnvironment, StopSignal } from "../environment/cli-environment.ts";
import { createRealEnvironment } from "../environment/real-environment.ts";
import { runCli } from "../run-cli.ts";
import { openTestScreen, type TestScreen } from "./test-screen.ts";

export interface TestOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the person says; without it there is nobody to ask. */
  readonly answer?: boolean;
  readonly isTerminal?: boolean;
  /** All of stdin; without it, stdin is the person. */
  readonly input?: string;
  /** What the person does to a text in the editor. */
  readonly edit?: (text: string) => string;
  readonly overrides?: Partial<CliEnvironment>;
}

/** A terminal without a person, unless the options say otherwise. */
export class TestTerminal {
  stdout = "";
  stderr = "";
  /** What it was asked. */
  readonly questions: string[] = [];
  readonly exitCodes: number[] = [];
  /** What was drawn in place, one after the other. */
  readonly frames: string[] = [];
  screen: TestScreen | undefined;
  /** The editors that were opened. */
  readonly edits: string[] = [];
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
      readInput: async () => {
        if (options.input === undefined) throw new TypeError("stdin is a terminal");
        return options.input;
      },
      edit: async (editor, path) => {
        const { files } = this.environment;
        this.edits.push(editor);
        if (options.edit !== undefined) {
          await files.writeText(path, options.edit(await files.readText(path)));
        }
      },
      openLiveArea: async () => ({
        draw: (text) => this.#written(() => this.frames.push(text)),
        done: () => undefined,
      }),
      openScreen: async (element) => {
        this.screen = openTestScreen(element, () => this.#written(() => undefined));
        return this.screen;
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

  /** What the pattern finds in stdout, stderr or what was drawn, when it does. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(`${this.stdout}\n${this.stderr}\n${this.frames.join("\n")}`);
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
