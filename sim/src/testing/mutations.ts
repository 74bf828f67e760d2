/** The defects of the mutation tests. */
import type { Commit, PartitionStore, RowKind } from "@rejoin/engine";
import { type Limits, RowCache } from "@rejoin/server";
import type { Mutation } from "../mutation.ts";

/** A commit is acknowledged before it is durable; so a crash can lose it. */
export const ACKNOWLEDGES_EARLY: Mutation = {
  wrapStore: (store) => ({
    partitionCount: store.partitionCount,
    open: async (partition) => new EagerPartition(await store.open(partition)),
    getMetadata: (key) => store.getMetadata(key),
    compareAndSetMetadata: (key, version, value) =>
      store.compareAndSetMetadata(key, version, value),
    watchMetadata: (key, listener) => store.watchMetadata(key, listener),
    close: () => store.close(),
  }),
};

class EagerPartition implements PartitionStore {
  readonly partition: number;
  readonly epoch: number;
  private readonly inner: PartitionStore;
  private last: Promise<void> = Promise.resolve();

  constructor(inner: PartitionStore) {
    this.inner = inner;
    this.partition = inner.partition;
    this.epoch = inner.epoch;
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.inner.lastCommit;
  }

  commit(commit: Commit): Promise<void> {
    this.last = this.last.then(() => this.inner.commit(commit)).catch(() => undefined);
    return Promise.resolve();
  }

  getMany(keys: readonly Uint8Array[]): ReturnType<PartitionStore["getMany"]> {
    return this.inner.getMany(keys);
  }

  scan(...args: Parameters<PartitionStore["scan"]>): ReturnType<PartitionStore["scan"]> {
    return this.inner.scan(...args);
  }

  snapshot(): ReturnType<PartitionStore["snapshot"]> {
    return this.inner.snapshot();
  }

  readMailbox(
    ...args: Parameters<PartitionStore["readMailbox"]>
  ): ReturnType<PartitionStore["readMailbox"]> {
    return this.inner.readMailbox(...args);
  }
}

/** Whoever commits is believed to be the leader. */
export const FENCES_NOBODY: Mutation = {
  spoilDisk: (disk) => {
    const commit = disk.commit.bind(disk);
    disk.commit = (partition, _epoch, what) => {
      const { epoch, last } = disk.partition(partition);
      commit(partition, epoch, { ...what, number: last.number + 1 });
    };
  },
};

/** Messages are left in the mailbox when their effect is committed. */
export const CONSUMES_NOTHING: Mutation = {
  spoilDisk: (disk) => {
    const commit = disk.commit.bind(disk);
    disk.commit = (partition, epoch, what) => commit(partition, epoch, { ...what, consumed: [] });
  },
};

/** A commit with messages is two transactions, and the second is lost now and then. */
export const LOSES_MESSAGES: Mutation = {
  spoilDisk: (disk) => {
    let commits = 0;
    const commit = disk.commit.bind(disk);
    disk.commit = (partition, epoch, what) => {
      commits += 1;
      commit(partition, epoch, commits % 5 === 0 ? { ...what, messages: [] } : what);
    };
  },
};

/** Counts how often a fetched row turns out to be stale. */
export function countStaleRows(): Mutation & { readonly count: () => number } {
  let stale = 0;
  class CountingCache extends RowCache {
    protected override isStale(...args: Parameters<RowCache["isStale"]>): boolean {
      const isStale = super.isStale(...args);
      if (isStale) stale += 1;
      return isStale;
    }
  }
  return { createCache: (limits) => new CountingCache(limits), count: () => stale };
}

/** A fetched row is admitted though it was written while it was read. */
export const ADMITS_STALE_ROWS: Mutation = {
  createCache: (limits) => {
    class StaleCache extends RowCache {
      protected override isStale(): boolean {
        return false;
      }
    }
    return new StaleCache(limits);
  },
};

/** A row that was fetched for later records stays although a commit has written it since. */
export const KEEPS_STAGED_ROWS: Mutation = {
  createCache: (limits) => new StagedForeverCache(limits),
};

class StagedForeverCache extends RowCache {
  private readonly fetched = new Map<string, unknown>();

  constructor(limits: Limits) {
    super(limits);
  }

  override admit(...args: Parameters<RowCache["admit"]>): void {
    super.admit(...args);
    const [, kind, key, value] = args;
    this.fetched.set(idOf(kind, key), value);
  }

  override row(kind: RowKind<unknown>, key: string): unknown {
    const id = idOf(kind, key);
    return this.fetched.has(id) ? this.fetched.get(id) : super.row(kind, key);
  }

  override clearStaged(): void {
    super.clearStaged();
    this.fetched.clear();
  }
}

function idOf(kind: RowKind<unknown>, key: string): string {
  return `${kind.slot} ${key}`;
}
