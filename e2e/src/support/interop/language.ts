/** What a language needs for its program in `e2e/interop` to be installed and started. */
import { fileURLToPath } from "node:url";

/** Where the programs are, one folder for each language. */
export const PROGRAMS = fileURLToPath(new URL("../../../interop/", import.meta.url));

/** A command of an installation. */
export interface Step {
  readonly command: string;
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly limitMs: number;
  /** What has failed if it fails: the way to the packages, which excuses the test, or the program. */
  readonly tests: "packages" | "program";
}

/** Where an installation puts things. */
export interface Places {
  /** The program's folder; nothing is written there. */
  readonly program: string;
  /** What is installed for this program alone. */
  readonly own: string;
  /** What all installations of the language share. */
  readonly shared: string;
}

export interface Language {
  readonly name: string;
  /** Its folder. */
  readonly folder: string;
  /** Commands that must be there, with arguments that show it. */
  readonly tools: readonly (readonly [command: string, ...args: string[]])[];
  /** Files of the folder: another content is another installation. */
  readonly sources: readonly string[];
  readonly steps: (places: Places) => readonly Step[];
  readonly start: (places: Places) => readonly [command: string, ...args: string[]];
  /** Finds the address in what the program prints. */
  readonly listening: RegExp;
  /** Handlers of `FanOutWorker`, and how many subtasks each makes an invocation of its own. */
  readonly handlers: readonly (readonly [name: string, subtaskInvocations: number])[];
}
