/** The committed state of the partitions, for readers. */
import { type PartitionStore, type Reads, type Snapshot, StoreError } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

/** Whatever holds the open partitions. */
export interface OpenPartitions {
  /** All of them; `undefined` for one that is not open. */
  all(): readonly (PartitionStore | undefined)[];
  /** The number of the one that an invocation lives in. */
  partitionOf(key: InvocationKey): number;
}

/** Rejects with a `StoreError` of code `UNAVAILABLE` while a partition is not open. */
export class PartitionReads {
  private readonly partitions: OpenPartitions;

  constructor(partitions: OpenPartitions) {
    this.partitions = partitions;
  }

  all(): readonly Reads[] {
    return this.partitions.all().map((store, partition) => store ?? notOpen(partition));
  }

  /** A consistent view of the partition that an invocation lives in. */
  async snapshot(key: InvocationKey): Promise<Snapshot> {
    const partition = this.partitions.partitionOf(key);
    return (this.partitions.all()[partition] ?? notOpen(partition)).snapshot();
  }
}

function notOpen(partition: number): never {
  throw new StoreError(
    "UNAVAILABLE",
    `partition ${partition} is being opened; try again in a moment`,
  );
}
