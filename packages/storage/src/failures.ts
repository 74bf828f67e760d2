import { type Commit, StoreError } from "@rejoin/engine";

/** An operation on a store that has been closed. */
export function closedError(what: string): StoreError {
  return new StoreError("CLOSED", `${what} is closed: open it again to use it`);
}

/** A commit or read by a leader that a newer opening has replaced. */
export function fencedError(partition: number, epoch: number, newest: number): StoreError {
  return new StoreError(
    "FENCED",
    `epoch ${epoch} of partition ${partition} is fenced: it was opened again as epoch ${newest}`,
  );
}

/** Throws a `RangeError`, a bug of the caller, unless the store has `partition`. */
export function assertPartition(partition: number, partitionCount: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitionCount) return;
  throw new RangeError(
    `no partition ${partition}: the store has partitions 0 to ${partitionCount - 1}`,
  );
}

/** Throws a `RangeError`, a bug of the caller, unless `commit` may follow commit `lastNumber`. */
export function assertCommit(
  partition: number,
  commit: Commit,
  lastNumber: number,
  partitionCount: number,
): void {
  if (commit.number !== lastNumber + 1) {
    throw new RangeError(
      `commit ${commit.number} of partition ${partition} is out of order: ` +
        `the last commit is ${lastNumber}, the next one must be ${lastNumber + 1}`,
    );
  }
  for (const message of commit.messages) assertPartition(message.destination, partitionCount);
}

/** Partitions are numbered by 16 bits. */
export const partitionCountMax = 65_536;

/** Throws a `RangeError`, a bug of the caller, unless a store can have `partitionCount` partitions. */
export function assertPartitionCount(partitionCount: number): void {
  const inRange = partitionCount >= 1 && partitionCount <= partitionCountMax;
  if (Number.isInteger(partitionCount) && inRange) return;
  throw new RangeError(
    `partition count ${partitionCount} is not an integer from 1 to ${partitionCountMax}`,
  );
}
