/** What an attempt sent: commands, proposals, and how it ended. */
import type { Command, Future, SuspensionMessage } from "@rejoin/protocol";
import { type CommandProblem, problem } from "../commands/command.ts";
import { applyCommand } from "../commands/dispatch.ts";
import { probeCommands } from "../commands/probe.ts";
import { applyRunProposal } from "../commands/run.ts";
import { AWAIT_DEPTH_MAX, awaitsAnything, toAwaitTree } from "../model/await-tree.ts";
import type { Invocation } from "../model/invocation.ts";
import type { AttemptItem, AttemptRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { failAttempt, verdictOf } from "./attempt-failed.ts";
import { complete, outcomeOf, prepareCompletion } from "./completion.ts";
import { pauseNow } from "./pause.ts";
import { suspend } from "./suspension.ts";

/** Applies the messages in order; what an older attempt sent is refused. */
export function applyAttempt(txn: Transaction, record: AttemptRecord): void {
  const current = txn.invocation(record.key);
  if (current?.status !== "invoked" || current.starts !== record.start) return;
  const invocation = txn.edit(record.key);
  if (invocation === undefined) return;
  const { items } = record;
  probeCommands(txn, invocation, items);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) return;
    const found = applyPinned(txn, invocation, record, item, items[i + 1]);
    if (found !== undefined) {
      failAttempt(txn, invocation, {
        failure: { ...found, stacktrace: "" },
        nextRetryDelayMs: undefined,
        behavior: found.docCode === "RT0025" ? "pause" : "retry",
      });
    }
    if (invocation.status !== "invoked" || invocation.starts !== record.start) return;
  }
}

/** The first entry that is stored pins the invocation; a refused command does not. */
function applyPinned(
  txn: Transaction,
  invocation: Invocation,
  record: AttemptRecord,
  item: AttemptItem,
  next: AttemptItem | undefined,
): CommandProblem | undefined {
  const { kind } = item.message;
  if (kind === "suspension" || kind === "error" || kind === "end") {
    return applyItem(txn, invocation, item, next, record.given);
  }
  const { deploymentId } = record.pin;
  if (invocation.pin === undefined && txn.registry.deployment(deploymentId) === undefined) {
    return problem("RT0011", 500, `deployment ${deploymentId} has been removed meanwhile`);
  }
  const before = invocation.pin;
  invocation.pin ??= record.pin;
  const found = applyItem(txn, invocation, item, next, record.given);
  if (found !== undefined) invocation.pin = before;
  return found;
}

function applyItem(
  txn: Transaction,
  invocation: Invocation,
  item: AttemptItem,
  next: AttemptItem | undefined,
  given: number,
): CommandProblem | undefined {
  const { message } = item;
  switch (message.kind) {
    case "proposeRunCompletion":
      applyRunProposal(txn, invocation, message);
      return undefined;
    case "suspension":
      return applySuspension(txn, invocation, message, given);
    case "error":
      failAttempt(txn, invocation, verdictOf(message));
      return undefined;
    case "end":
      return applyEnd(txn, invocation, item);
    default:
      return applyCommand(
        { txn, invocation, command: message satisfies Command, item },
        next?.message.kind === "end",
      );
  }
}

function applySuspension(
  txn: Transaction,
  invocation: Invocation,
  message: SuspensionMessage,
  given: number,
): CommandProblem | undefined {
  if (depthOf(message.awaitingOn) > AWAIT_DEPTH_MAX) {
    const text = `the awaited futures are nested more than ${AWAIT_DEPTH_MAX} deep`;
    return problem("RT0025", 500, text);
  }
  const tree = toAwaitTree(message.awaitingOn);
  if (!awaitsAnything(tree)) {
    return problem("RT0012", 571, "the endpoint suspended without naming anything it awaits");
  }
  if (invocation.pausing) pauseNow(txn, invocation);
  else suspend(txn, invocation, tree, given);
  return undefined;
}

/** How deep a tree is, without recursing deeper than is allowed. */
function depthOf(future: Future, depth = 1): number {
  if (depth > AWAIT_DEPTH_MAX) return depth;
  let deepest = depth;
  for (const child of future.nested) deepest = Math.max(deepest, depthOf(child, depth + 1));
  return deepest;
}

function applyEnd(
  txn: Transaction,
  invocation: Invocation,
  item: AttemptItem,
): CommandProblem | undefined {
  if (invocation.output === undefined) {
    return problem("RT0012", 571, `the endpoint ended without an Output (${item.message.kind})`);
  }
  prepareCompletion(txn, invocation);
  complete(txn, invocation, txn.output ?? outcomeOf(txn, invocation), true);
  return undefined;
}
