/** Why an attempt ends without a result: what becomes the protocol's error message. */
import { ErrorBehavior, type ErrorMessage } from "@rejoin/protocol";
import { COMMANDS, type CommandKind } from "./command-info.ts";

/** The command that a failure concerns. */
export interface RelatedCommand {
  readonly kind: CommandKind;
  /** Counts commands; the input is 0. */
  readonly index: number;
  readonly name?: string;
}

export interface AttemptFailure {
  readonly code: number;
  readonly message: string;
  readonly stacktrace?: string;
  readonly related?: RelatedCommand;
  readonly nextRetryDelayMs?: number;
  readonly behavior?: ErrorBehavior;
}

/** Thrown inside the VM to end the attempt. */
export class AttemptError extends Error {
  override readonly name = "AttemptError";
  readonly failure: AttemptFailure;

  constructor(failure: AttemptFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function toErrorMessage(failure: AttemptFailure): ErrorMessage {
  const { related, nextRetryDelayMs } = failure;
  return {
    kind: "error",
    code: failure.code,
    message: failure.message,
    stacktrace: failure.stacktrace ?? "",
    behavior: failure.behavior ?? ErrorBehavior.retry,
    ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelayMs }),
    ...(related === undefined ? {} : toRelatedFields(related)),
  };
}

function toRelatedFields(related: RelatedCommand) {
  return {
    relatedCommandIndex: related.index,
    relatedCommandType: COMMANDS[related.kind].code,
    ...(related.name === undefined || related.name === ""
      ? {}
      : { relatedCommandName: related.name }),
  };
}
