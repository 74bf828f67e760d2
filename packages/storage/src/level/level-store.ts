import type { PartitionStore, Store, Versioned } from "@rejoin/engine";
import { assertPartition } from "../failures.ts";
import type { DurableNumberFile } from "./durable-number.ts";
import type { LevelContext } from "./level-context.ts";
import { openPartition } from "./level-partition.ts";
import { Metadata } from "./metadata.ts";
import type { Scrubber } from "./scrubber.ts";

/** What a store holds beside its database. */
export interface LevelResources {
  readonly scrubber: Scrubber;
  readonly durableNumber: DurableNumberFile;
  readonly release: () => void;
}

/** A store in one LevelDB directory; made by `openLevelStore`. */
export class LevelStore implements Store {
  readonly #context: LevelContext;
  readonly #resources: LevelResources;
  readonly #metadata: Metadata;
  #closing: Promise<void> | undefined;

  constructor(context: LevelContext, resources: LevelResources) {
    this.#context = context;
    this.#resources = resources;
    this.#metadata = new Metadata(context);
  }

  get partitionCount(): number {
    return this.#context.heads.length;
  }

  async open(partition: number): Promise<PartitionStore> {
    assertPartition(partition, this.partitionCount);
    return openPartition(this.#context, partition);
  }

  getMetadata(key: string): Promise<Versioned | undefined> {
    return this.#metadata.get(key);
  }

  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    return this.#metadata.compareAndSet(key, expectedVersion, value);
  }

  watchMetadata(key: string, listener: () => void): () => void {
    return this.#metadata.watch(key, listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { scrubber, durableNumber, release } = this.#resources;
    this.#context.refuseNew();
    scrubber.stop();
    await this.#metadata.close();
    await this.#context.idle();
    try {
      await durableNumber.close();
      await this.#context.database.close();
    } finally {
      release();
    }
  }
}
