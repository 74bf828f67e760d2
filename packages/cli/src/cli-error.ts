/** How a command ends. */
import type { ErrorCode } from "@rejoin/protocol";

/**
 * The exit codes, as the help says. `partial`: some of many operations failed. `invocationFailed`: the
 * command did its work, and the invocation that it was about has failed. `notReady`: ask again later.
 */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  declined: 3,
  partial: 4,
  invocationFailed: 5,
  notReady: 6,
} as const;

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

/** The person said no. */
export function declined(): CliError {
  return new CliError("nothing was changed", { exitCode: EXIT.declined });
}

/** The command line itself is wrong. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}
