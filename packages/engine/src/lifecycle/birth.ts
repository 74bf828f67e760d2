/** A new invocation. */
import type { Header, InvocationKey } from "@rejoin/protocol";
import type { Caller, Invocation, ResultSink, Target } from "../model/invocation.ts";
import { storePayload } from "../payloads.ts";
import { PayloadKind, TIMER_START } from "../rows/keys.ts";
import { settingsOf } from "../settings.ts";
import { setTimer } from "../timers.ts";
import type { Transaction } from "../transaction.ts";

export interface Birth {
  readonly key: InvocationKey;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  readonly headers: readonly Header[];
  readonly input: Uint8Array;
  readonly scheduledFor: number;
  readonly caller: Caller;
  readonly root: InvocationKey;
}

const NO_SINKS: readonly ResultSink[] = [];

/** Writes the invocation and starts it, now or when it is due. */
export function giveBirth(txn: Transaction, birth: Birth): void {
  const now = txn.context.timeMs;
  const scheduled = birth.scheduledFor !== 0;
  const retention = retentionOf(txn, birth);
  const invocation: Invocation = {
    key: birth.key,
    status: scheduled ? "scheduled" : "invoked",
    target: birth.target,
    idempotencyKey: birth.idempotencyKey,
    caller: birth.caller,
    root: birth.root,
    createdAt: now,
    modifiedAt: now,
    scheduledFor: birth.scheduledFor,
    completedAt: 0,
    completionRetentionMs: retention.completionMs,
    journalRetentionMs: retention.journalMs,
    pin: undefined,
    journalLength: 1,
    commandCount: 1,
    notificationCount: 0,
    starts: scheduled ? 0 : 1,
    retryCount: 0,
    retriesSinceEntry: 0,
    lastEntryAt: now,
    nextRetryAt: 0,
    lastFailure: undefined,
    childrenStarted: 0,
    childrenSucceeded: 0,
    childrenFailed: 0,
    bornIn: txn.context.batch,
    input: INLINE_NOTHING,
    headers: birth.headers,
    output: undefined,
    outputInHeader: false,
    sinks: NO_SINKS,
    awaiting: undefined,
    hasJournalRows: false,
    hasPayloadRows: false,
  };
  const input = storePayload(txn, invocation, PayloadKind.input, birth.input);
  const born = { ...invocation, input };
  txn.insert(born);
  txn.born.push(birth.key);
  if (scheduled) schedule(txn, born);
  else txn.actions.push({ kind: "start", invocation: born });
}

const INLINE_NOTHING = { kind: "inline", bytes: new Uint8Array(0) } as const;

function schedule(txn: Transaction, invocation: Invocation): void {
  const { scheduledFor: timeMs, key, bornIn } = invocation;
  setTimer(txn, { timeMs, invocation: key, id: TIMER_START, bornIn });
}

/** How long the result and the journal are kept, fixed at birth. */
function retentionOf(txn: Transaction, birth: Birth): { completionMs: number; journalMs: number } {
  const settings = settingsOf(txn.registry, birth.target, undefined);
  const { journalRetentionMs } = settings;
  if (birth.target.handlerKind === "workflow") {
    const completionMs = settings.workflowRetentionMs;
    return { completionMs, journalMs: Math.min(journalRetentionMs, completionMs) };
  }
  if (birth.idempotencyKey !== undefined) {
    const completionMs = settings.idempotencyRetentionMs;
    return { completionMs, journalMs: Math.min(journalRetentionMs, completionMs) };
  }
  return { completionMs: journalRetentionMs, journalMs: journalRetentionMs };
}
