/** Other invocations that wait for a result. */
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import type { Invocation, ResultSink } from "../model/invocation.ts";
import type { AttachMessage } from "../partition-message.ts";
import type { Transaction } from "../transaction.ts";
import { outcomeOf } from "./completion.ts";

/** Where the result goes that a message asks for. */
export function resultSinkOf(
  message: {
    readonly caller: InvocationKey;
    readonly callerBornIn: number;
    readonly completionId: number;
  },
  what: ResultSink["for"],
): ResultSink {
  const { caller: key, callerBornIn: bornIn, completionId } = message;
  return { key, bornIn, completionId, for: what };
}

export function sendResult(txn: Transaction, sink: ResultSink, outcome: Outcome): void {
  const { key: to, bornIn, completionId } = sink;
  txn.send({ kind: "result", for: sink.for, to, bornIn, completionId, outcome });
}

/** Sends the result, now or when there is one. */
export function joinResult(txn: Transaction, invocation: Invocation, sink: ResultSink): void {
  if (invocation.status === "completed") {
    sendResult(txn, sink, outcomeOf(txn, invocation));
    return;
  }
  const edited = txn.edit(invocation.key);
  if (edited !== undefined) edited.sinks = [...edited.sinks, sink];
}

const NOT_FOUND = { kind: "failure", failure: { code: 404, message: "not found" } } as const;

/** An invocation asks for the result of another one. */
export function applyAttachMessage(txn: Transaction, message: AttachMessage): void {
  const invocation = txn.invocation(message.to);
  if (message.mode === "attach") {
    const sink = resultSinkOf(message, "attach");
    if (invocation === undefined) sendResult(txn, sink, NOT_FOUND);
    else joinResult(txn, invocation, sink);
    return;
  }
  const { caller: to, callerBornIn: bornIn, completionId } = message;
  txn.send({
    kind: "result",
    for: "output",
    to,
    bornIn,
    completionId,
    outcome: invocation === undefined ? NOT_FOUND : presentOutcome(txn, invocation),
  });
}

function presentOutcome(txn: Transaction, invocation: Invocation): Outcome | undefined {
  return invocation.status === "completed" ? outcomeOf(txn, invocation) : undefined;
}
