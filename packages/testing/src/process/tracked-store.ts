/** A store whose operations are counted, and that tells what has become durable. */
import type { Commit, PartitionStore, Snapshot, Store } from "@rejoin/engine";
import type { Activity } from "../time/activity.ts";

export interface StoreWatch {
  readonly activity: Activity;
  /**
   * A commit is durable, and nobody has been told yet. What this rejects with is what the server
   * sees; it may also never settle, as for a process that is gone.
   */
  committed(partition: number, commit: Commit): Promise<void> | undefined;
  /** A partition has been opened; these are its reads, which are not counted. */
  opened(partition: number, reads: PartitionStore): void;
}

/** `store`, watched. */
export function watchStore(store: Store, watch: StoreWatch): Store {
  const { activity } = watch;
  return {
    partitionCount: store.partitionCount,
    open: (partition) =>
      activity.track(async () => {
        const opened = await store.open(partition);
        watch.opened(partition, opened);
        return new WatchedPartition(opened, watch);
      }),
    getMetadata: (key) => activity.track(() => store.getMetadata(key)),
    compareAndSetMetadata: (key, version, value) =>
      activity.track(() => store.compareAndSetMetadata(key, version, value)),
    watchMetadata: (key, listener) => store.watchMetadata(key, listener),
    close: () => store.close(),
  };
}

class WatchedPartition implements PartitionStore {
  readonly #inner: PartitionStore;
  readonly #watch: StoreWatch;

  constructor(inner: PartitionStore, watch: StoreWatch) {
    this.#inner = inner;
    this.#watch = watch;
  }

  get partition(): number {
    return this.#inner.partition;
  }

  get epoch(): number {
    return this.#inner.epoch;
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.#inner.lastCommit;
  }

  commit(commit: Commit): Promise<void> {
    return this.#watch.activity.track(async () => {
      await this.#inner.commit(commit);
      await this.#watch.committed(this.partition, commit);
    });
  }

  getMany: PartitionStore["getMany"] = (keys) =>
    this.#watch.activity.track(() => this.#inner.getMany(keys));

  scan: PartitionStore["scan"] = (range, options) =>
    this.#watch.activity.track(() => this.#inner.scan(range, options));

  readMailbox: PartitionStore["readMailbox"] = (after, limit) =>
    this.#watch.activity.track(() => this.#inner.readMailbox(after, limit));

  async snapshot(): Promise<Snapshot> {
    const { activity } = this.#watch;
    const inner = await activity.track(() => this.#inner.snapshot());
    return {
      getMany: (keys) => activity.track(() => inner.getMany(keys)),
      scan: (range, options) => activity.track(() => inner.scan(range, options)),
      close: () => inner.close(),
    };
  }
}
