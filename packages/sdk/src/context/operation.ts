/** What all operations of a context begin and fail with. */
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import type { CommandKind } from "../vm/command-info.ts";

/**
 * Whether the attempt still runs, and the closure of a run does not: the context may outlive the
 * attempt in code that nobody awaits, and in a closure it ends the attempt.
 */
export function beginOperation(attempt: Attempt, operation: string): boolean {
  if (attempt.ended) {
    attempt.log.usedAfterEnd(operation);
    return false;
  }
  if (attempt.closure === undefined) return true;
  const { name, commandIndex } = attempt.closure;
  attempt.fail(createUsedInClosureError(operation, attempt), {
    kind: "run",
    index: commandIndex,
    name,
  });
  return false;
}

/** Only a replay would find it out, by the command that it lacks. */
function createUsedInClosureError(operation: string, { closure, handler }: Attempt): Error {
  return new Error(
    `${operation} was called inside the closure of ctx.run '${closure?.name}' (command index ` +
      `${closure?.commandIndex}) in ${handler.service}/${handler.name}. A replay does not execute ` +
      "the closure again, so it would lack that command. Return from the closure what is needed, " +
      "and use the context outside of it.",
  );
}

/** Ends the attempt: an operation failed before its command could be issued. */
export function failOperation<T>(
  attempt: Attempt,
  error: unknown,
  kind: CommandKind,
): NeverPromise<T> {
  attempt.fail(error, { kind, index: attempt.vm.commandIndex + 1 });
  return new NeverPromise<T>(attempt);
}
