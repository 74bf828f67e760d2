/** One invocation with a page of its journal, all of the same committed state. */
import {
  type AwaitTree,
  awaitingRows,
  decodeAwaitTree,
  type Invocation,
  type InvocationEvent,
  invocationRows,
  type Reads,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { PartitionReads } from "./partition-reads.ts";
import { readEvents } from "./read-events.ts";
import { type JournalPage, type JournalRange, readJournal } from "./read-journal.ts";

export interface InvocationDetail {
  readonly invocation: Invocation;
  readonly journal: JournalPage;
  /** What a suspended invocation waits for. */
  readonly awaiting: AwaitTree | undefined;
  /** What happened beside the journal, the first first. */
  readonly events: readonly InvocationEvent[];
}

/** `undefined` if there is no such invocation, or not any more. */
export async function readInvocation(
  partitions: PartitionReads,
  key: InvocationKey,
  range: JournalRange,
): Promise<InvocationDetail | undefined> {
  const snapshot = await partitions.snapshot(key);
  try {
    const [bytes] = await snapshot.getMany([invocationRows.rowKey(key)]);
    if (bytes === undefined) return undefined;
    const invocation = invocationRows.decode(bytes, key);
    return {
      invocation,
      journal: await readJournal(snapshot, invocation, range),
      awaiting: await readAwaiting(snapshot, invocation),
      events: await readEvents(snapshot, invocation),
    };
  } finally {
    await snapshot.close();
  }
}

async function readAwaiting(reads: Reads, invocation: Invocation): Promise<AwaitTree | undefined> {
  if (invocation.status !== "suspended") return undefined;
  const [stored] =
    invocation.awaiting === undefined
      ? await reads.getMany([awaitingRows.rowKey(invocation.key)])
      : [invocation.awaiting];
  return stored === undefined ? undefined : decodeAwaitTree(stored);
}
