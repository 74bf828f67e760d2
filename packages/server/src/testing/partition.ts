/** A processor with its surroundings, over a memory store on a manual clock. */
import {
  type Action,
  type Batch,
  Engine,
  type EngineRecord,
  type PartitionStore,
  type Registry,
} from "@rejoin/engine";
import {
  createMemoryDisk,
  type MemoryDisk,
  type MemoryFaults,
  openMemoryStore,
} from "@rejoin/storage";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { PartitionProcessor } from "../partition/processor.ts";
import { RowCache } from "../partition/row-cache.ts";
import { ManualPorts } from "./manual-ports.ts";
import { registryOf } from "./records.ts";

export interface TestProcessorOptions {
  readonly ports?: ManualPorts;
  readonly disk?: MemoryDisk;
  readonly faults?: MemoryFaults;
  readonly limits?: Partial<Limits>;
  readonly registry?: Registry;
  readonly partitionCount?: number;
  /** Sees the actions of each batch when they are taken. */
  readonly act?: (actions: readonly Action[]) => void;
  /** Sees them when those outside are told. */
  readonly answer?: (actions: readonly Action[]) => void;
}

export interface TestProcessor {
  readonly ports: ManualPorts;
  readonly disk: MemoryDisk;
  readonly store: PartitionStore;
  readonly processor: PartitionProcessor;
  readonly limits: Limits;
  readonly actions: Action[];
  /** Every batch that has become durable. */
  readonly batches: Batch[];
  readonly failures: unknown[];
  /** Submits the records and lets everything come to rest. */
  apply(...records: readonly EngineRecord[]): Promise<void>;
}

export async function openProcessor(options: TestProcessorOptions = {}): Promise<TestProcessor> {
  const { partitionCount = 1, ports = new ManualPorts(), faults = {} } = options;
  const disk = options.disk ?? createMemoryDisk({ partitionCount });
  const store = await openMemoryStore(disk, { faults }).open(0);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const registry = options.registry ?? registryOf();
  const actions: Action[] = [];
  const batches: Batch[] = [];
  const failures: unknown[] = [];
  const processor = new PartitionProcessor({
    engine: new Engine(0, disk.partitionCount),
    store,
    cache: new RowCache(limits),
    registry: () => registry,
    ports,
    limits,
    act: (taken) => {
      actions.push(...taken);
      options.act?.(taken);
    },
    ...(options.answer === undefined ? {} : { answer: options.answer }),
    onFailure: (error) => failures.push(error),
    onCommitted: (batch) => batches.push(batch),
  });
  const apply = async (...records: readonly EngineRecord[]) => {
    for (const record of records) processor.submit(record);
    await ports.settle();
  };
  return { ports, disk, store, processor, limits, actions, batches, failures, apply };
}

/** Every row of a partition. */
export async function allRows(store: PartitionStore) {
  const range = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) };
  return await store.scan(range, { limit: Number.MAX_SAFE_INTEGER });
}

/** How many rows there are of each tag. */
export async function rowCounts(store: PartitionStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { key } of await allRows(store)) {
    const tag = String.fromCharCode(key[0] ?? 0);
    counts[tag] = (counts[tag] ?? 0) + 1;
  }
  return counts;
}
