/** How a command ends. */

/** The exit codes, as the help says. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

export interface CliErrorOptions extends ErrorOptions {
  readonly exitCode?: number;
  /** What the reader can do, on a line of its own. */
  readonly hint?: string;
}

/** An expected end of a command: its message is for the person at the terminal. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}
