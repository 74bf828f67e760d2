/** The store of one simulated process: the memory store, watched, with late acknowledgements. */
import type { Commit, PartitionStore, Store } from "@rejoin/engine";
import { type MemoryStore, openMemoryStore } from "@rejoin/storage";
import type { Life } from "./scheduler.ts";
import type { SimContext } from "./sim-context.ts";
import { StoreFaults } from "./store-faults.ts";

/** A commit that was made to fail in an epoch that must end with it. */
export interface FailedCommit {
  readonly partition: number;
  readonly epoch: number;
}

export interface SimStore {
  readonly store: Store;
  readonly memory: MemoryStore;
  readonly failedCommits: readonly FailedCommit[];
  /** The last epoch in which each partition was opened here. */
  readonly epochs: readonly number[];
}

/** `registryVersion`: what the process goes by now. */
export function createSimStore(
  context: SimContext,
  life: Life,
  registryVersion: () => number,
): SimStore {
  const failedCommits: FailedCommit[] = [];
  const epochs = new Array<number>(context.plan.partitionCount).fill(0);
  const faults = new StoreFaults(context, life, (partition) => {
    failedCommits.push({ partition, epoch: context.disk.partition(partition).epoch });
  });
  const memory = openMemoryStore(context.disk, { faults });
  const open = async (partition: number): Promise<PartitionStore> => {
    const opened = await memory.open(partition);
    epochs[partition] = opened.epoch;
    context.trace.note("opened", `${partition} epoch ${opened.epoch}`);
    const delay = async () => {
      const delayMs = faults.ackDelay(partition);
      if (delayMs > 0) await context.scheduler.sleep(life, delayMs, "late ack");
    };
    const timeline = context.flow?.timeline;
    if (timeline === undefined) return new LatePartition(opened, delay);
    const { epoch } = opened;
    // While a commit is on its way, the records of the next one are applied.
    const versions = [registryVersion(), registryVersion()];
    return new LatePartition(opened, delay, ({ number }) => {
      const from = versions.shift() ?? 0;
      const to = registryVersion();
      versions.push(to);
      timeline.issue({ partition, epoch, number, from, to });
    });
  };
  const store = delegate(memory, open);
  return { store: context.mutation.wrapStore?.(store) ?? store, memory, failedCommits, epochs };
}

function delegate(inner: Store, open: Store["open"]): Store {
  return {
    partitionCount: inner.partitionCount,
    open,
    getMetadata: (key) => inner.getMetadata(key),
    compareAndSetMetadata: (key, version, value) =>
      inner.compareAndSetMetadata(key, version, value),
    watchMetadata: (key, listener) => inner.watchMetadata(key, listener),
    close: () => inner.close(),
  };
}

/** Says late that a commit is durable. */
class LatePartition implements PartitionStore {
  readonly partition: number;
  readonly epoch: number;
  readonly getMany: PartitionStore["getMany"];
  readonly scan: PartitionStore["scan"];
  readonly snapshot: PartitionStore["snapshot"];
  readonly readMailbox: PartitionStore["readMailbox"];
  private readonly inner: PartitionStore;
  private readonly delay: () => Promise<void>;
  private readonly onIssue: (commit: Commit) => void;

  constructor(
    inner: PartitionStore,
    delay: () => Promise<void>,
    onIssue: (commit: Commit) => void = () => undefined,
  ) {
    this.partition = inner.partition;
    this.epoch = inner.epoch;
    this.inner = inner;
    this.delay = delay;
    this.onIssue = onIssue;
    this.getMany = (keys) => inner.getMany(keys);
    this.scan = (range, options) => inner.scan(range, options);
    this.snapshot = () => inner.snapshot();
    this.readMailbox = (after, limit) => inner.readMailbox(after, limit);
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.inner.lastCommit;
  }

  async commit(commit: Commit): Promise<void> {
    this.onIssue(commit);
    await this.inner.commit(commit);
    await this.delay();
  }
}
