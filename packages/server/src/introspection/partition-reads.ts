/** The committed state of the partitions, for readers. */
import { type PartitionStore, type Reads, type Snapshot, StoreError } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

export type ReadableStore = Reads & Pick<PartitionStore, "snapshot">;

/** Whatever holds the open partitions. */
export interface OpenPartitions {
  /** All of them; `undefined` for one that is not open. */
  all(): readonly (ReadableStore | undefined)[];
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

  /** A row of each invocation, in their order. */
  async getRows(
    keys: readonly InvocationKey[],
    rowKey: (key: InvocationKey) => Uint8Array,
  ): Promise<(Uint8Array | undefined)[]> {
    const places = new Map<number, number[]>();
    keys.forEach((key, i) => {
      const partition = this.partitions.partitionOf(key);
      const own = places.get(partition);
      if (own === undefined) places.set(partition, [i]);
      else own.push(i);
    });
    const values: (Uint8Array | undefined)[] = keys.map(() => undefined);
    const stores = this.all();
    for (const [partition, own] of places) {
      const rowKeys = own.flatMap((i) => keys[i] ?? []).map(rowKey);
      const found = await (stores[partition] ?? notOpen(partition)).getMany(rowKeys);
      own.forEach((place, i) => {
        values[place] = found[i];
      });
    }
    return values;
  }

  /** A consistent view of the partition that an invocation lives in. */
  async snapshot(key: InvocationKey): Promise<Snapshot> {
    return this.snapshotOf(this.partitions.partitionOf(key));
  }

  async snapshotOf(partition: number): Promise<Snapshot> {
    return (this.partitions.all()[partition] ?? notOpen(partition)).snapshot();
  }
}

function notOpen(partition: number): never {
  throw new StoreError(
    "UNAVAILABLE",
    `partition ${partition} is being opened; try again in a moment`,
  );
}
