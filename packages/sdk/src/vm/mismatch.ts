/** Error 570: this execution does not take the path that the journal records. */
import {
  type Command,
  ErrorBehavior,
  FIRST_USER_SIGNAL_INDEX,
  type ProtocolVersion,
} from "@rejoin/protocol";
import { ErrorCode } from "../errors.ts";
import { AttemptError, type RelatedCommand } from "./attempt-failure.ts";
import type { AwaitNode, LeafNode } from "./await-node.ts";
import { leavesOf } from "./await-tree.ts";
import { COMMANDS, describeCommand } from "./command-info.ts";
import { differingFields } from "./compare-commands.ts";

/** What the server should do with an invocation whose code has changed. */
export type MismatchBehavior = "retry" | "pause" | "fail";

/** How much of a wait set a message lists. */
const LISTED_MAX = 10;

const PREAMBLE =
  "Found a mismatch between the code paths of the previous execution and of this one.\n" +
  "Either the code was changed while the invocation was in flight, or it is not deterministic: " +
  "anything random, time-dependent or external belongs into ctx.run, and changed code is registered " +
  "as a new deployment, while the old one serves the invocations that have begun there.";

export interface MismatchPolicy {
  readonly version: ProtocolVersion;
  readonly onJournalMismatch: MismatchBehavior;
  /** Service and name of the handler. */
  readonly target: string;
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
    `${PREAMBLE}\n - handler: ${policy.target}` +
    `\n - expected (recorded, command index ${index}): ${describeCommand(recorded)}` +
    `\n - actual: ${describeCommand(actual)}${difference}`;
  return createMismatch(message, { kind: actual.kind, index, name: actual.name }, policy);
}

/** User code awaits something, although the journal goes on with a command. */
export function createAwaitMismatch(
  recorded: Command,
  last: RelatedCommand | undefined,
  roots: Iterable<AwaitNode>,
  policy: MismatchPolicy,
): AttemptError {
  const index = (last?.index ?? 0) + 1;
  const message =
    `${PREAMBLE}\n - handler: ${policy.target}` +
    `\n - expected (recorded, command index ${index}): ${describeCommand(recorded)}` +
    `\n - actual: an 'await' that could not be replayed, of:${listAwaited(roots)}\n` +
    "A recorded command that is missing here may have been issued inside of a ctx.run closure: " +
    "use the context outside of closures only.";
  return createMismatch(message, last, policy);
}

function createMismatch(
  message: string,
  related: RelatedCommand | undefined,
  policy: MismatchPolicy,
): AttemptError {
  return new AttemptError({
    code: ErrorCode.journalMismatch,
    message,
    ...(related === undefined ? {} : { related }),
    behavior: policy.version >= 7 ? ErrorBehavior[policy.onJournalMismatch] : ErrorBehavior.retry,
  });
}

function listAwaited(roots: Iterable<AwaitNode>): string {
  const lines: string[] = [];
  for (const leaf of leavesOf(roots)) {
    if (lines.length === LISTED_MAX) {
      lines.push("…");
      break;
    }
    lines.push(describeLeaf(leaf));
  }
  return [...lines, "cancellation"].map((line) => `\n   - ${line}`).join("");
}

function describeLeaf(leaf: LeafNode): string {
  if (leaf.signal !== undefined) return describeSignal(leaf.signal);
  if (leaf.command === undefined) return `completion ${leaf.id}`;
  const { kind, index, name } = leaf.command;
  const named = name === undefined || name === "" ? "" : ` '${name}'`;
  return `${COMMANDS[kind].title}${named} (command index ${index})`;
}

function describeSignal(signal: number | string): string {
  if (typeof signal === "string") return `signal '${signal}'`;
  return signal >= FIRST_USER_SIGNAL_INDEX ? `awakeable (signal ${signal})` : `signal ${signal}`;
}
