/** How a command ends. */
import type { ErrorCode } from "@rejoin/protocol";

/** The exit codes, as the help says. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

export interface CliErrorOptions extends ErrorOptions {
  readonly exitCode?: number;
  /** What the reader can do, on a line of its own. */
  readonly hint?: string;
  /** Its code in the catalogue, shown before the message. */
  readonly docCode?: ErrorCode | undefined;
}

/** An expected end of a command: its message is for the person at the terminal. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly docCode: ErrorCode | undefined;

  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
    this.docCode = options.docCode;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}
