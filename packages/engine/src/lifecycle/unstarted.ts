/** The end of an invocation that has not started: nothing is left of it, and its id is free. */
import type { Failure } from "@rejoin/protocol";
import type { Invocation } from "../model/invocation.ts";
import { leaveInbox } from "../objects/lock.ts";
import { PAYLOAD_CHUNK_BYTES } from "../payloads.ts";
import { PayloadKind, payloadRowKey, TIMER_START, timerRowKey } from "../rows/keys.ts";
import type { Transaction } from "../transaction.ts";
import { announce, complete } from "./completion.ts";

/** Tells `failure` to whoever waits, and forgets the invocation. */
export function removeUnstarted(txn: Transaction, invocation: Invocation, failure: Failure): void {
  if (invocation.status === "inboxed") leaveInbox(txn, invocation);
  // With journal rows it is left to retention, like any other: deleting them takes time.
  if (invocation.hasJournalRows) {
    complete(txn, invocation, { kind: "failure", failure });
    return;
  }
  announce(txn, invocation, { kind: "failure", failure });
  removeStart(txn, invocation);
  removeInput(txn, invocation);
  txn.remove(invocation.key);
}

function removeStart(txn: Transaction, invocation: Invocation): void {
  const { key, bornIn, scheduledFor: timeMs } = invocation;
  if (timeMs === 0) return;
  const timer = { timeMs, invocation: key, id: TIMER_START, bornIn };
  txn.rawWrites.push({ key: timerRowKey(timer), value: undefined });
}

function removeInput(txn: Transaction, { key, input }: Invocation): void {
  if (input.kind === "inline") return;
  for (let chunk = 0; chunk * PAYLOAD_CHUNK_BYTES < input.length; chunk++) {
    const row = payloadRowKey(key, PayloadKind.input, 0, chunk);
    txn.rawWrites.push({ key: row, value: undefined });
  }
}
