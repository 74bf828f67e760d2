import type { PartitionStore, Store, Versioned } from "@rejoin/engine";
import { HeldOperations } from "./held-operations.ts";
import { createMemoryDisk, type MemoryDisk, unavailableError } from "./memory-disk.ts";
import type { MemoryFaults, WriteFate } from "./memory-faults.ts";
import { type MemoryContext, MemoryPartition } from "./memory-partition.ts";

/**
 * A store in memory for tests and simulation: no timers, clock or randomness of its own. The bytes
 * that it gives are those that it keeps: do not change them.
 */
export interface MemoryStore extends Store {
  /** What outlives this store; open another on it with `openMemoryStore`. */
  readonly disk: MemoryDisk;
  /**
   * Ends this store as `kill -9` would: what is in flight rejects with `UNAVAILABLE`, and a held
   * commit is durable or not as `faults.survivesCrash` says.
   */
  crash(): void;
}

/** A store on a new, empty disk. */
export function createMemoryStore(options: {
  readonly partitionCount: number;
  readonly faults?: MemoryFaults;
}): MemoryStore {
  return openMemoryStore(createMemoryDisk(options), options);
}

/** A store on what `disk` holds. Several may be open on one disk and fence each other. */
export function openMemoryStore(
  disk: MemoryDisk,
  options: { readonly faults?: MemoryFaults } = {},
): MemoryStore {
  return new DiskStore(disk, options.faults ?? {});
}

class DiskStore implements MemoryStore {
  readonly disk: MemoryDisk;
  readonly #context: MemoryContext;
  readonly #unwatch = new Set<() => void>();

  constructor(disk: MemoryDisk, faults: MemoryFaults) {
    this.disk = disk;
    this.#context = { disk, faults, held: new HeldOperations() };
  }

  get partitionCount(): number {
    return this.disk.partitionCount;
  }

  async open(partition: number): Promise<PartitionStore> {
    const state = this.disk.partition(partition);
    const { faults } = this.#context;
    return this.#write(`opening partition ${partition}`, faults.beforeOpen?.(partition), () => {
      state.epoch += 1;
      return new MemoryPartition(this.#context, partition);
    });
  }

  async getMetadata(key: string): Promise<Versioned | undefined> {
    const { faults, held } = this.#context;
    held.assertOpen();
    const delay = faults.beforeGetMetadata?.(key) ?? Promise.resolve();
    return held.hold(delay, () => this.disk.getMetadata(key));
  }

  async compareAndSetMetadata(
    key: string,
    expectedVersion: number,
    value: Uint8Array,
  ): Promise<boolean> {
    const fate = this.#context.faults.beforeSetMetadata?.(key);
    return this.#write(`setting metadata "${key}"`, fate, () =>
      this.disk.compareAndSetMetadata(key, expectedVersion, value),
    );
  }

  watchMetadata(key: string, listener: () => void): () => void {
    const stop = this.disk.watchMetadata(key, listener);
    this.#unwatch.add(stop);
    return () => {
      this.#unwatch.delete(stop);
      stop();
    };
  }

  async close(): Promise<void> {
    await this.#context.held.close();
    this.#stopWatching();
  }

  crash(): void {
    this.#context.held.crash();
    this.#stopWatching();
  }

  async #write<T>(what: string, fate: Promise<WriteFate> | undefined, apply: () => T): Promise<T> {
    return this.#context.held.hold(fate ?? Promise.resolve("ok"), (chosen) => {
      if (chosen === "fail-before") throw unavailableError(`${what} failed`);
      const result = apply();
      if (chosen === "fail-after") throw unavailableError(`${what} failed`);
      return result;
    });
  }

  #stopWatching(): void {
    for (const stop of this.#unwatch) stop();
    this.#unwatch.clear();
  }
}
