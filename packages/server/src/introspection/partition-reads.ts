/** The committed state of the partitions, for readers. */
import { type Reads, StoreError } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

export interface PartitionReads {
  /** Of every partition; `undefined` while it is not open. */
  readonly all: () => readonly (Reads | undefined)[];
  readonly of: (key: InvocationKey) => Reads | undefined;
}

/** All partitions. Throws a `StoreError` of code `UNAVAILABLE` if one is not open. */
export function openReads(partitions: PartitionReads): readonly Reads[] {
  return partitions.all().map((reads, partition) => {
    if (reads !== undefined) return reads;
    throw new StoreError(
      "UNAVAILABLE",
      `partition ${partition} is being opened; try again in a moment`,
    );
  });
}
