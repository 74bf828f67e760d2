/** Error 570: this execution does not take the path that the journal records. */
import { type Command, ErrorBehavior, type ProtocolVersion } from "@rejoin/protocol";
import { ErrorCode } from "../errors.ts";
import { AttemptError } from "./attempt-failure.ts";
import type { AwaitNode } from "./await-node.ts";
import { leavesOf } from "./await-tree.ts";
import { describeCommand } from "./command-info.ts";
import { differingFields } from "./compare-commands.ts";

/** What the server should do with an invocation whose code has changed. */
export type MismatchBehavior = "retry" | "pause" | "fail";

/** How much of a wait set a message lists. */
const LISTED_MAX = 10;

const PREAMBLE =
  "Found a mismatch between the code paths of the previous execution and of this one.\n" +
  "Either the code was changed while the invocation was in flight, or it is not deterministic: " +
  "anything random, time-dependent or external belongs into ctx.run.";

export interface MismatchPolicy {
  readonly version: ProtocolVersion;
  readonly onJournalMismatch: MismatchBehavior;
}

/** User code issued another command than the recorded one. */
export function createCommandMismatch(
  recorded: Command,
  actual: Command,
  index: number,
  policy: MismatchPolicy,
): AttemptError {
  const difference =
    recorded.kind === actual.kind
      ? `\nDifference:\n${differingFields(recorded, actual)
          .map((line) => `   ${line}`)
          .join("\n")}`
      : "";
  const message =
    `${PREAMBLE}\n - expected (recorded, command index ${index}): ${describeCommand(recorded)}` +
    `\n - actual: ${describeCommand(actual)}${difference}`;
  return createMismatch(message, actual, index, policy);
}

/** User code awaits something, although the journal goes on with a command. */
export function createAwaitMismatch(
  recorded: Command,
  index: number,
  roots: Iterable<AwaitNode>,
  policy: MismatchPolicy,
): AttemptError {
  const message =
    `${PREAMBLE}\n - expected (recorded, command index ${index}): ${describeCommand(recorded)}` +
    `\n - actual: an await that cannot be replayed, of ${listAwaited(roots)}`;
  return createMismatch(message, recorded, index, policy);
}

function createMismatch(message: string, command: Command, index: number, policy: MismatchPolicy) {
  return new AttemptError({
    code: ErrorCode.journalMismatch,
    message,
    related: { kind: command.kind, index, name: command.name },
    behavior: policy.version >= 7 ? ErrorBehavior[policy.onJournalMismatch] : ErrorBehavior.retry,
  });
}

function listAwaited(roots: Iterable<AwaitNode>): string {
  const names: string[] = [];
  for (const leaf of leavesOf(roots)) {
    if (names.length === LISTED_MAX) return `${names.join(", ")}, …`;
    names.push(leaf.isSignal ? `signal ${leaf.id}` : `completion ${leaf.id}`);
  }
  return names.length === 0 ? "nothing that the journal can complete" : names.join(", ");
}
