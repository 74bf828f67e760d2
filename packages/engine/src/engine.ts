/**
 * The partition machine: `apply(record, context, reader, registry)` gives the effects of a record
 * or says which rows it needs. Pure: no clock, no randomness, no waiting; the same record on the
 * same state has the same effects.
 */
import { type InvocationKey, partitionKeyOf, partitionOf } from "@rejoin/protocol";
import type { ApplyResult, Reader } from "./effects.ts";
import { invariant, unreachable } from "./invariant.ts";
import { applyAttach } from "./lifecycle/attach.ts";
import { applyAttempt } from "./lifecycle/attempt.ts";
import { applyAttemptFailed } from "./lifecycle/attempt-failed.ts";
import { applyExpiryPage } from "./lifecycle/expire.ts";
import { applyInvoke, applyInvokeMessage } from "./lifecycle/invoke.ts";
import { applyRecover } from "./lifecycle/recover.ts";
import { applyResult } from "./lifecycle/result.ts";
import { probeAwaiting } from "./lifecycle/suspension.ts";
import { applyTimer } from "./lifecycle/timer.ts";
import type { Invocation } from "./model/invocation.ts";
import type { PartitionMessage } from "./partition-message.ts";
import type { EngineRecord, MessageRecord, RecordContext } from "./records.ts";
import type { Registry } from "./registry.ts";
import { invocationRows } from "./rows/invocation-row.ts";
import { outputRows } from "./rows/output-row.ts";
import { receivedRows } from "./rows/received-row.ts";
import { MISSING, type PartitionPlace, Transaction } from "./transaction.ts";

export class Engine implements PartitionPlace {
  readonly partition: number;
  private readonly partitionCount: number;
  /** Used by one record after the other; empty in between. */
  private readonly scratch = new Map<InvocationKey, Invocation | undefined>();

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
    const txn = new Transaction(reader, context, registry, this, this.scratch);
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
        return record.page.filter((item) => item.what === "journal").map((item) => item.key);
      default:
        return [record.key];
    }
  }
}

const NO_KEYS: readonly InvocationKey[] = [];

function applyRecord(txn: Transaction, record: EngineRecord): void {
  switch (record.kind) {
    case "invoke":
      return applyInvoke(txn, record);
    case "attempt":
      return applyAttempt(txn, record);
    case "attemptFailed":
      return applyAttemptFailed(txn, record);
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
      return applyExpiryPage(txn, record);
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
    const end = txn.local.length;
    for (; done < end; done++) {
      const message = txn.local[done];
      invariant(message !== undefined, "a message is missing");
      applyMessage(txn, message);
    }
  }
}

/** Asks at once for all that the next messages will read, so that few rounds are needed. */
function probeReceivers(txn: Transaction, from: number): void {
  const { local } = txn;
  for (let i = from; i < local.length; i++) {
    const message = local[i];
    if (message === undefined || (message.kind === "invoke" && message.fresh)) continue;
    txn.probeInvocation(message.to);
  }
  txn.throwIfLacking();
  for (let i = from; i < local.length; i++) {
    const message = local[i];
    if (message === undefined || (message.kind === "invoke" && message.fresh)) continue;
    probeReceiver(txn, message);
  }
  txn.throwIfLacking();
}

function probeReceiver(txn: Transaction, message: PartitionMessage): void {
  const invocation = txn.invocation(message.to);
  if (invocation === undefined) return;
  if (message.kind === "invoke") {
    const { output } = invocation;
    const isStored = output?.kind === "success" && output.value.kind === "stored";
    if (isStored && message.completionId > 0) txn.probe(outputRows, message.to);
  } else if (invocation.status === "suspended") {
    probeAwaiting(txn, invocation);
  }
}

function applyMessage(txn: Transaction, message: PartitionMessage): void {
  switch (message.kind) {
    case "invoke":
      return applyInvokeMessage(txn, message);
    case "result":
      return applyResult(txn, message);
    default:
      return unreachable(message);
  }
}
