/**
 * A store that opens itself anew when it has become unusable.
 *
 * After a failed write a database on disk refuses all further ones: what it holds in memory may
 * differ from what is durable. Whoever leads a partition then opens it again; if the store says that
 * it is unavailable, the whole of it is closed and opened, with all the checks of a start.
 */
import { type PartitionStore, type Store, StoreError, type Versioned } from "@rejoin/engine";

/** Opens a store with `open`, now and whenever it has become unavailable. */
export async function openReopeningStore(open: () => Promise<Store>): Promise<Store> {
  return new ReopeningStore(open, await open());
}

class ReopeningStore implements Store {
  readonly partitionCount: number;
  readonly #open: () => Promise<Store>;
  #current: Store;
  #reopening: Promise<void> | undefined;
  #closed = false;
  readonly #watches = new Set<{ readonly key: string; readonly listener: () => void }>();
  #unwatch: (() => void)[] = [];

  constructor(open: () => Promise<Store>, first: Store) {
    this.#open = open;
    this.#current = first;
    this.partitionCount = first.partitionCount;
  }

  async open(partition: number): Promise<PartitionStore> {
    await this.#reopening;
    try {
      return await this.#current.open(partition);
    } catch (error) {
      const lost = error instanceof StoreError && error.code === "UNAVAILABLE";
      if (!lost || this.#closed) throw error;
    }
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    await this.#reopening;
    return this.#current.open(partition);
  }

  getMetadata(key: string): Promise<Versioned | undefined> {
    return this.#current.getMetadata(key);
  }

  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    return this.#current.compareAndSetMetadata(key, expectedVersion, value);
  }

  watchMetadata(key: string, listener: () => void): () => void {
    const watch = { key, listener };
    this.#watches.add(watch);
    this.#rewatch();
    return () => {
      this.#watches.delete(watch);
      this.#rewatch();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reopening?.catch(() => undefined);
    await this.#current.close();
  }

  async #reopen(): Promise<void> {
    await this.#current.close().catch(() => undefined);
    this.#current = await this.#open();
    this.#rewatch();
  }

  #rewatch(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [...this.#watches].map(({ key, listener }) =>
      this.#current.watchMetadata(key, listener),
    );
  }
}
