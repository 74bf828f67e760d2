/** Run: the command only marks the place; its result is proposed by the endpoint and kept. */
import type { ProposeRunCompletionMessage, RunCommand } from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../journal.ts";
import type { Invocation } from "../model/invocation.ts";
import type { Transaction } from "../transaction.ts";
import type { CommandStep } from "./command.ts";

export function applyRun({ txn, invocation, command, item }: CommandStep<RunCommand>): undefined {
  appendCommand(txn, invocation, command, item);
}

/** From version 7 on, an attempt that asked for it gets an acknowledgement instead of the value. */
export function applyRunProposal(
  txn: Transaction,
  invocation: Invocation,
  proposal: ProposeRunCompletionMessage,
): void {
  invocation.retriesSinceEntry = 0;
  invocation.lastEntryAt = txn.context.timeMs;
  const { completionId, result } = proposal;
  const acknowledges = proposal.requestAck === true && (invocation.pin?.protocolVersion ?? 0) >= 7;
  appendNotification(
    txn,
    invocation,
    { kind: "runCompletion", completionId, result },
    acknowledges ? completionId : undefined,
  );
}
