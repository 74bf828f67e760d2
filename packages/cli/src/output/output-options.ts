/** The options that say how a command prints what it has found; the same everywhere. */
import { type Command, InvalidArgumentError } from "commander";

export interface OutputOptions {
  readonly json?: boolean;
  readonly jsonl?: boolean;
  /** In seconds; `true` for the default. */
  readonly watch?: number | true;
}

export interface OutputFeatures {
  /** It prints a list that may be long: `--jsonl`. */
  readonly lines?: boolean;
  /** It does not change anything: `--watch`. */
  readonly watch?: boolean;
}

export const WATCH_SECONDS_DEFAULT = 1;
const WATCH_SECONDS_MIN = 0.1;
const WATCH_SECONDS_MAX = 86_400;

export function addOutputOptions(command: Command, features: OutputFeatures = {}): Command {
  command.option("--json", "print JSON, one document");
  if (features.lines === true) command.option("--jsonl", "print JSON, one item a line");
  if (features.watch === true) {
    command.option("-w, --watch [seconds]", "print it again and again, until Ctrl-C", parseSeconds);
  }
  return command;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= WATCH_SECONDS_MIN && seconds <= WATCH_SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(
    `It must be a number of seconds from ${WATCH_SECONDS_MIN} to ${WATCH_SECONDS_MAX}.`,
  );
}
