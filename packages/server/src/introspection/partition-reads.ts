/** The committed state of the partitions, for readers. */
import type { Reads } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

export interface PartitionReads {
  /** Of every partition; `undefined` while it is not open. */
  readonly all: () => readonly (Reads | undefined)[];
  readonly of: (key: InvocationKey) => Reads | undefined;
}

/** A partition is opened anew: try again in a moment. */
export class NotOpenError extends Error {
  override readonly name = "NotOpenError";
  constructor(partition: number) {
    super(`partition ${partition} is not open; try again in a moment`);
  }
}

/** All partitions. Throws a {@link NotOpenError} if one is not open. */
export function openReads(partitions: PartitionReads): readonly Reads[] {
  return partitions.all().map((reads, partition) => {
    if (reads === undefined) throw new NotOpenError(partition);
    return reads;
  });
}
