/** New invocations: from the ingress and from other invocations. */
import type { InvokeMessage } from "../partition-message.ts";
import type { InvokeRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { answerWaiter } from "./attach.ts";
import { giveBirth } from "./birth.ts";
import { joinResult, resultSinkOf, sendResult } from "./sinks.ts";

/** What a second call of a workflow's run gets. */
const ALREADY_INVOKED = {
  kind: "failure",
  failure: { code: 409, message: "the workflow method was already invoked" },
} as const;

/** A request of the ingress. One with the id of an earlier one joins it. */
export function applyInvoke(txn: Transaction, record: InvokeRecord): void {
  const existing = record.fresh ? undefined : txn.invocation(record.key);
  if (existing === undefined) giveBirth(txn, { ...record, caller: INGRESS, root: record.key });
  if (record.accepted !== undefined) {
    txn.actions.push({
      kind: "accepted",
      waiter: record.accepted,
      key: record.key,
      scheduledFor: existing === undefined ? record.scheduledFor : existing.scheduledFor,
      duplicate: existing !== undefined,
    });
  }
  if (record.result === undefined) return;
  if (existing?.target.handlerKind === "workflow") {
    const { key, target } = existing;
    const answer = { kind: "completed", target, outcome: ALREADY_INVOKED } as const;
    txn.actions.push({
      kind: "answer",
      waiter: record.result,
      key,
      answer: { ...answer, expiresAt: undefined },
    });
  } else if (existing !== undefined) answerWaiter(txn, existing, record.result);
  else txn.actions.push({ kind: "awaitResult", waiter: record.result, key: record.key });
}

const INGRESS = { kind: "ingress" } as const;

/** A call or send of another invocation. One with the id of an earlier one gets its result. */
export function applyInvokeMessage(txn: Transaction, message: InvokeMessage): void {
  const existing = message.fresh ? undefined : txn.invocation(message.to);
  if (existing === undefined) {
    giveBirth(txn, {
      key: message.to,
      target: message.target,
      idempotencyKey: message.idempotencyKey,
      limitKey: message.limitKey,
      headers: message.headers,
      input: message.input,
      scheduledFor: message.scheduledFor,
      caller: {
        kind: "invocation",
        key: message.caller,
        bornIn: message.callerBornIn,
        completionId: message.completionId,
      },
      root: message.root,
    });
    return;
  }
  if (message.completionId === 0) return;
  const sink = resultSinkOf(message, "call");
  if (existing.target.handlerKind === "workflow") sendResult(txn, sink, ALREADY_INVOKED);
  else joinResult(txn, existing, sink);
}
