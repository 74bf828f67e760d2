/** A new invocation. */
import type { Header, InvocationKey } from "@rejoin/protocol";
import { startWithSlots } from "../limits/slots.ts";
import {
  type Caller,
  type Invocation,
  type ResultSink,
  type Target,
  transition,
} from "../model/invocation.ts";
import { acquire } from "../objects/lock.ts";
import { storePayload } from "../payloads.ts";
import { PayloadKind, TIMER_START } from "../rows/keys.ts";
import { settingsOf } from "../settings.ts";
import { setTimer } from "../timers.ts";
import type { Transaction } from "../transaction.ts";

export interface Birth {
  readonly key: InvocationKey;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string;
  readonly headers: readonly Header[];
  readonly input: Uint8Array;
  readonly scheduledFor: number;
  readonly caller: Caller;
  readonly root: InvocationKey;
  readonly restartedFrom?: InvocationKey;
  readonly seedOf?: InvocationKey;
}

const NO_SINKS: readonly ResultSink[] = [];
const NO_SLOTS: readonly string[] = [];

/** Writes the invocation and starts it: now, when it is due, or when its object is free. */
export function giveBirth(txn: Transaction, birth: Birth): void {
  const born = createInvocation(txn, birth, retentionOf(txn, birth));
  txn.insert(born);
  txn.born.push(birth.key);
  if (birth.scheduledFor !== 0) schedule(txn, born);
  else begin(txn, born);
}

/** The time of a scheduled invocation has come: it starts, or waits for its object. */
export function begin(txn: Transaction, invocation: Invocation): void {
  if (invocation.target.handlerKind === "exclusive" && !acquire(txn, invocation)) {
    transition(invocation, "inboxed");
    return;
  }
  transition(invocation, "invoked");
  invocation.starts = 1;
  startWithSlots(txn, invocation);
}

export interface RetentionMs {
  readonly completionMs: number;
  readonly journalMs: number;
}

/** A new invocation, scheduled; its payload rows are written. */
export function createInvocation(
  txn: Transaction,
  birth: Birth,
  retention: RetentionMs,
): Invocation {
  const now = txn.context.timeMs;
  const owner = { key: birth.key, hasPayloadRows: false };
  const input = storePayload(txn, owner, PayloadKind.input, birth.input);
  return {
    key: birth.key,
    status: "scheduled",
    target: birth.target,
    idempotencyKey: birth.idempotencyKey,
    limitKey: birth.limitKey,
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
    starts: 0,
    retryCount: 0,
    retriesSinceEntry: 0,
    lastEntryAt: now,
    nextRetryAt: 0,
    lastFailure: undefined,
    childrenStarted: 0,
    childrenSucceeded: 0,
    childrenFailed: 0,
    bornIn: txn.context.batch,
    input,
    headers: birth.headers,
    output: undefined,
    outputInHeader: false,
    sinks: NO_SINKS,
    awaiting: undefined,
    awaitingAfter: 0,
    hasJournalRows: false,
    hasPayloadRows: owner.hasPayloadRows,
    pausing: false,
    inboxSequence: 0,
    cancelIndex: 0,
    slots: NO_SLOTS,
    waitingFor: undefined,
    restartedFrom: birth.restartedFrom,
    seedOf: birth.seedOf,
  };
}

function schedule(txn: Transaction, invocation: Invocation): void {
  const { scheduledFor: timeMs, key, bornIn } = invocation;
  setTimer(txn, { timeMs, invocation: key, id: TIMER_START, bornIn });
}

/** How long the result and the journal are kept, fixed at birth. */
function retentionOf(txn: Transaction, birth: Birth): RetentionMs {
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
