/**
 * The partition machine: `apply(record, context, reader, registry)` gives the effects of a record
 * or says which rows it needs. Pure: no clock, no randomness, no waiting; the same record on the
 * same state has the same effects.
 */
import { type InvocationKey, partitionKeyOf, partitionOf } from "@rejoin/protocol";
import type { ApplyResult, Reader } from "./effects.ts";
import { unreachable } from "./invariant.ts";
import { applyAttach } from "./lifecycle/attach.ts";
import { applyAttempt } from "./lifecycle/attempt.ts";
import { applyAttemptFailed } from "./lifecycle/attempt-failed.ts";
import { applyExpiryPage } from "./lifecycle/expire.ts";
import { applyInvoke, applyInvokeMessage } from "./lifecycle/invoke.ts";
import { killInvocation } from "./lifecycle/kill.ts";
import { applyOperate } from "./lifecycle/operate.ts";
import { applyAttemptHeld } from "./lifecycle/pause.ts";
import { applyRecover } from "./lifecycle/recover.ts";
import { applyResult } from "./lifecycle/result.ts";
import { applySignal, signalInvocation } from "./lifecycle/signal.ts";
import { applyAttachMessage } from "./lifecycle/sinks.ts";
import { probeAwaiting } from "./lifecycle/suspension.ts";
import { applyTimer } from "./lifecycle/timer.ts";
import {
  applyAcquire,
  applyGrant,
  applyRelease,
  applyRequestSlots,
  grantNext,
  probeGrants,
  probeLimits,
  probeSlotReleases,
} from "./limits/slots.ts";
import type { Invocation } from "./model/invocation.ts";
import { probeRelease } from "./objects/lock.ts";
import { applyMutateState } from "./objects/mutate-state.ts";
import type { KillMessage, PartitionMessage } from "./partition-message.ts";
import type { EngineRecord, ExpiryItem, MessageRecord, RecordContext } from "./records.ts";
import type { Registry } from "./registry.ts";
import { instanceOf } from "./rows/instance.ts";
import { invocationRows } from "./rows/invocation-row.ts";
import { limiterRows } from "./rows/limiter-rows.ts";
import { objectRows } from "./rows/object-row.ts";
import { outputRows } from "./rows/output-row.ts";
import { receivedRows } from "./rows/received-row.ts";
import { applyTaskStep } from "./tasks/step.ts";
import { MISSING, type PartitionPlace, Transaction } from "./transaction.ts";

export class Engine implements PartitionPlace {
  readonly partition: number;
  private readonly partitionCount: number;

  constructor(partition: number, partitionCount: number) {
    this.partition = partition;
    this.partitionCount = partitionCount;
  }

  partitionOf(key: InvocationKey): number {
    return this.partitionCount === 1 ? 0 : partitionOf(partitionKeyOf(key), this.partitionCount);
  }

  apply(
    record: EngineRecord,
    context: RecordContext,
    reader: Reader,
    registry: Registry,
  ): ApplyResult {
    const txn = new Transaction(reader, context, registry, this);
    try {
      applyRecord(txn, record);
      applyLocalMessages(txn);
      txn.throwIfLacking();
    } catch (error) {
      if (error !== MISSING) throw error;
      return txn.lacking();
    }
    return txn.finish();
  }

  /** The invocations that a record will read first: worth fetching together for many records. */
  keysOf(record: EngineRecord): readonly InvocationKey[] {
    switch (record.kind) {
      case "invoke":
        return record.fresh ? NO_KEYS : [record.key];
      case "message":
        return record.message.kind === "invoke" && record.message.fresh
          ? NO_KEYS
          : [record.message.to];
      case "timer":
        return [record.timer.invocation];
      case "recover":
        return record.keys;
      case "taskPage":
        return record.task === "expiry" ? keysOfPage(record.page) : NO_KEYS;
      case "mutateState":
      case "limits":
      case "barrier":
        return NO_KEYS;
      default:
        return [record.key];
    }
  }
}

const NO_KEYS: readonly InvocationKey[] = [];

function keysOfPage(page: readonly ExpiryItem[]): readonly InvocationKey[] {
  return page.filter(({ what }) => what !== "header").map(({ key }) => key);
}

function applyRecord(txn: Transaction, record: EngineRecord): void {
  switch (record.kind) {
    case "invoke":
      return applyInvoke(txn, record);
    case "attempt":
      return applyAttempt(txn, record);
    case "attemptFailed":
      return applyAttemptFailed(txn, record);
    case "attemptHeld":
      return applyAttemptHeld(txn, record);
    case "requestSlots":
      return applyRequestSlots(txn, record.key, record.start);
    case "barrier":
      return;
    case "limits":
      return applyLimits(txn, record.limiters);
    case "operate":
      return applyOperate(txn, record);
    case "signal":
      return applySignal(txn, record);
    case "mutateState":
      return applyMutateState(txn, record);
    case "timer":
      return applyTimer(txn, record);
    case "attach":
      return applyAttach(txn, record);
    case "message":
      return applyMailboxMessage(txn, record);
    case "recover":
      for (const key of record.keys) txn.probe(invocationRows, key);
      txn.throwIfLacking();
      return applyRecover(txn, record);
    case "taskPage":
      return record.task === "expiry" ? applyExpiryPage(txn, record) : applyTaskStep(txn, record);
    default:
      return unreachable(record);
  }
}

/** Once each: one that came before leaves the mailbox without an effect. */
function applyMailboxMessage(txn: Transaction, record: MessageRecord): void {
  const source = String(record.source);
  const last = txn.row(receivedRows, source);
  const { commit, index } = record.sequence;
  txn.consumed = { source: record.source, sequence: record.sequence };
  if (
    last !== undefined &&
    (commit < last.commit || (commit === last.commit && index <= last.index))
  ) {
    return;
  }
  txn.put(receivedRows, source, record.sequence);
  txn.deliver(record.message);
}

/** Messages within the partition, until no one has anything left to say. */
function applyLocalMessages(txn: Transaction): void {
  let done = 0;
  while (done < txn.local.length) {
    probeReceivers(txn, done);
    const messages = txn.local.slice(done);
    done += messages.length;
    for (const message of unstartedFirst(txn, messages)) applyMessage(txn, message);
  }
}

/**
 * Of those that are killed together, the ones that wait for an object go first: else each would be
 * given the lock by the one before it, only to be killed next.
 */
function unstartedFirst(
  txn: Transaction,
  messages: readonly PartitionMessage[],
): readonly PartitionMessage[] {
  const isUnstarted = (message: PartitionMessage) =>
    message.kind === "kill" && txn.invocation(message.to)?.status === "inboxed";
  if (messages.length === 1 || !messages.some(isUnstarted)) return messages;
  return [...messages.filter(isUnstarted), ...messages.filter((one) => !isUnstarted(one))];
}

/** Asks at once for all that the next messages will read, so that few rounds are needed. */
function probeReceivers(txn: Transaction, from: number): void {
  for (const probe of [probeHeader, probeReceiver]) {
    for (let i = from; i < txn.local.length; i++) {
      const message = txn.local[i];
      if (message !== undefined) probe(txn, message);
    }
    txn.throwIfLacking();
  }
  probeReleases(txn, from);
  probeSlotReleases(txn, killed(txn, from));
}

function killed(txn: Transaction, from: number): readonly Invocation[] {
  const found: Invocation[] = [];
  for (let i = from; i < txn.local.length; i++) {
    const message = txn.local[i];
    const invocation = message?.kind === "kill" ? txn.invocation(message.to) : undefined;
    if (invocation !== undefined) found.push(invocation);
  }
  return found;
}

function applyLimits(txn: Transaction, limiters: readonly string[]): void {
  for (const limiter of limiters) txn.probe(limiterRows, limiter);
  txn.throwIfLacking();
  for (const limiter of limiters) probeGrants(txn, limiter, 0);
  txn.throwIfLacking();
  for (const limiter of limiters) grantNext(txn, limiter);
}

function probeHeader(txn: Transaction, message: PartitionMessage): void {
  if (message.kind === "acquire" || message.kind === "release") {
    txn.probe(limiterRows, message.limiter);
    return;
  }
  if (message.kind !== "invoke") txn.probeInvocation(message.to);
  else {
    if (!message.fresh) txn.probeInvocation(message.to);
    if (message.scheduledFor !== 0) return;
    if (message.target.handlerKind === "exclusive") {
      txn.probe(objectRows, instanceOf(message.target));
    }
    probeLimits(txn, message.target, message.limitKey);
  }
}

function probeReceiver(txn: Transaction, message: PartitionMessage): void {
  if (message.kind === "invoke" && message.fresh) return;
  const invocation = txn.invocation(message.to);
  if (invocation === undefined) return;
  switch (message.kind) {
    case "invoke":
      if (message.completionId > 0) probeOutput(txn, invocation);
      return;
    case "attach":
      probeOutput(txn, invocation);
      return;
    case "grant":
      probeLimits(txn, invocation.target, invocation.limitKey);
      return;
    case "kill":
    case "acquire":
    case "release":
      return;
    default:
      if (invocation.status === "suspended") probeAwaiting(txn, invocation);
  }
}

function probeOutput(txn: Transaction, { key, output }: Invocation): void {
  if (output?.kind === "success" && output.value.kind === "stored") txn.probe(outputRows, key);
}

/** Who is killed gives its object to the next. */
function probeReleases(txn: Transaction, from: number): void {
  for (;;) {
    let isLacking = false;
    for (let i = from; i < txn.local.length; i++) {
      const message = txn.local[i];
      if (message?.kind !== "kill") continue;
      const invocation = txn.invocation(message.to);
      if (invocation?.target.handlerKind !== "exclusive") continue;
      if (probeRelease(txn, invocation)) isLacking = true;
    }
    if (!isLacking) return;
    txn.throwIfLacking();
  }
}

function applyMessage(txn: Transaction, message: PartitionMessage): void {
  switch (message.kind) {
    case "invoke":
      return applyInvokeMessage(txn, message);
    case "result":
      return applyResult(txn, message);
    case "signal":
      return signalInvocation(txn, txn.invocation(message.to), message.signal);
    case "kill":
      return applyKill(txn, message);
    case "attach":
      return applyAttachMessage(txn, message);
    case "acquire":
      return applyAcquire(txn, message);
    case "grant":
      return applyGrant(txn, message);
    case "release":
      return applyRelease(txn, message);
    default:
      return unreachable(message);
  }
}

function applyKill(txn: Transaction, { to }: KillMessage): void {
  const invocation = txn.invocation(to);
  if (invocation !== undefined) killInvocation(txn, invocation);
}
