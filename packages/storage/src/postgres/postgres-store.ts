import type { PartitionStore, Store, Versioned } from "@rejoin/engine";
import { assertPartition } from "../failures.ts";
import type { Delay } from "../level/delay.ts";
import type { Metadata } from "./metadata.ts";
import type { MetadataWatch } from "./metadata-watch.ts";
import { openPartition, type PostgresContext } from "./postgres-partition.ts";

/** How long the connections may take to end. */
const farewellMs = 5_000;

/** A store in one schema of a PostgreSQL database; made by `openPostgresStore`. */
export class PostgresStore implements Store {
  readonly #context: PostgresContext;
  readonly #metadata: Metadata;
  readonly #watch: MetadataWatch;
  readonly #delay: Delay;
  #closing: Promise<void> | undefined;

  constructor(
    context: PostgresContext,
    parts: { readonly metadata: Metadata; readonly watch: MetadataWatch; readonly delay: Delay },
  ) {
    this.#context = context;
    this.#metadata = parts.metadata;
    this.#watch = parts.watch;
    this.#delay = parts.delay;
  }

  get partitionCount(): number {
    return this.#context.partitionCount;
  }

  async open(partition: number): Promise<PartitionStore> {
    assertPartition(partition, this.partitionCount);
    return this.#context.connections.run(() => openPartition(this.#context, partition));
  }

  getMetadata(key: string): Promise<Versioned | undefined> {
    return this.#context.connections.run(() => this.#metadata.get(key));
  }

  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    return this.#context.connections.run(() =>
      this.#metadata.compareAndSet(key, expectedVersion, value),
    );
  }

  watchMetadata(key: string, listener: () => void): () => void {
    return this.#watch.watch(key, listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { connections, snapshots } = this.#context;
    await connections.stop();
    await snapshots.close();
    // A server that no longer answers does not keep the store open.
    const ended = Promise.all([this.#watch.close(), connections.end()]);
    await Promise.race([ended, this.#delay(farewellMs)]);
  }
}
