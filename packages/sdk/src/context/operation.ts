/** What all operations of a context begin and fail with. */
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import type { CommandKind } from "../vm/command-info.ts";

/** Whether the attempt still runs. Its context may outlive it in code that nobody awaits. */
export function beginOperation(attempt: Attempt, operation: string): boolean {
  if (attempt.ended) {
    attempt.log.usedAfterEnd(operation);
    return false;
  }
  if (attempt.closure !== undefined) attempt.log.usedInClosure(operation, attempt.closure);
  return true;
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
