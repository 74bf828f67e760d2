/** Partitions of a memory store that hold given invocations. */
import {
  aliveRowKey,
  encodeAliveList,
  type Invocation,
  invocationRows,
  type PartitionStore,
  type Write,
} from "@rejoin/engine";
import {
  createInvocationKey,
  type InvocationKey,
  partitionKeyOf,
  partitionOf,
  ulidBytes,
} from "@rejoin/protocol";
import { createMemoryStore } from "@rejoin/storage";
import type { OpenPartitions } from "../partition-reads.ts";

/** All of them are open. */
export interface StoredPartitions extends OpenPartitions {
  all(): readonly PartitionStore[];
}

/** The key of an invocation of the instant `timeMs`, in a partition that `place` decides on. */
export function keyOf(timeMs: number, place = 0): InvocationKey {
  const uuid = ulidBytes(timeMs, new Uint8Array(10), 0);
  return createInvocationKey({ high: (place * 0x9e37_79b9) >>> 0, low: place }, uuid);
}

export function invocationOf(key: InvocationKey, rest: Partial<Invocation> = {}): Invocation {
  return {
    key,
    status: "completed",
    target: { service: "greeter", handler: "greet", key: "", handlerKind: "service" },
    idempotencyKey: undefined,
    limitKey: "",
    caller: { kind: "ingress" },
    root: key,
    createdAt: 1,
    modifiedAt: 1,
    scheduledFor: 0,
    completedAt: 2,
    completionRetentionMs: 0,
    journalRetentionMs: 0,
    pin: undefined,
    journalLength: 1,
    commandCount: 1,
    notificationCount: 0,
    starts: 1,
    retryCount: 0,
    retriesSinceEntry: 0,
    lastEntryAt: 0,
    nextRetryAt: 0,
    lastFailure: undefined,
    childrenStarted: 0,
    childrenSucceeded: 0,
    childrenFailed: 0,
    bornIn: 1,
    input: { kind: "inline", bytes: new Uint8Array(0) },
    headers: [],
    output: undefined,
    outputInHeader: false,
    sinks: [],
    awaiting: undefined,
    hasJournalRows: false,
    hasPayloadRows: false,
    pausing: false,
    inboxSequence: 0,
    cancelIndex: 0,
    awaitingAfter: 0,
    restartedFrom: undefined,
    seedOf: undefined,
    slots: [],
    waitingFor: undefined,
    ...rest,
  };
}

/** A store with these invocations, and a restart list for every `listLength` of them. */
export async function openWith(
  invocations: readonly Invocation[],
  partitionCount = 1,
  listLength = 100,
): Promise<StoredPartitions> {
  const store = createMemoryStore({ partitionCount });
  const place = (key: InvocationKey) =>
    partitionCount === 1 ? 0 : partitionOf(partitionKeyOf(key), partitionCount);
  const stores: PartitionStore[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const opened = await store.open(partition);
    const own = invocations.filter(({ key }) => place(key) === partition);
    await opened.commit({
      number: 1,
      timeMs: 1,
      writes: toWrites(own, listLength),
      messages: [],
      consumed: [],
    });
    stores.push(opened);
  }
  return { all: () => stores, partitionOf: place };
}

function toWrites(invocations: readonly Invocation[], listLength: number): Write[] {
  const writes: Write[] = invocations.map((invocation) => ({
    key: invocationRows.rowKey(invocation.key),
    value: invocationRows.encode(invocation),
  }));
  for (let start = 0; start < invocations.length; start += listLength) {
    const keys = invocations.slice(start, start + listLength).map(({ key }) => key);
    writes.push({ key: aliveRowKey(start + 1), value: encodeAliveList(keys) });
  }
  return writes;
}
