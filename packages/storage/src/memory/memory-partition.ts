import type {
  Commit,
  KeyRange,
  PartitionStore,
  Row,
  ScanOptions,
  Snapshot,
  StoredMessage,
} from "@rejoin/engine";
import { closedError } from "../failures.ts";
import type { HeldOperations } from "./held-operations.ts";
import {
  type DiskPartition,
  fromMapKey,
  type MemoryDisk,
  readMailbox,
  toMapKey,
  unavailableError,
} from "./memory-disk.ts";
import type { MemoryFaults, ReadKind } from "./memory-faults.ts";
import type { SortedMap } from "./sorted-map.ts";

type RowMap = SortedMap<Uint8Array>;

/** What the partitions of one memory store share. */
export interface MemoryContext {
  readonly disk: MemoryDisk;
  readonly faults: MemoryFaults;
  readonly held: HeldOperations;
}

/** A partition of a memory store, opened as `epoch`. */
export class MemoryPartition implements PartitionStore {
  readonly partition: number;
  readonly epoch: number;
  readonly #context: MemoryContext;
  readonly #state: DiskPartition;
  #lastCommit: PartitionStore["lastCommit"];

  constructor(context: MemoryContext, partition: number) {
    this.#context = context;
    this.#state = context.disk.partition(partition);
    this.partition = partition;
    this.epoch = this.#state.epoch;
    this.#lastCommit = this.#state.last;
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.#lastCommit;
  }

  async commit(commit: Commit): Promise<void> {
    const { disk, faults, held } = this.#context;
    held.assertOpen();
    const apply = () => {
      disk.commit(this.partition, this.epoch, commit);
      this.#lastCommit = this.#state.last;
    };
    const fate = faults.beforeCommit?.(this.partition, commit) ?? Promise.resolve("ok" as const);
    const resume = (chosen: Awaited<typeof fate>) => {
      if (chosen !== "fail-before") apply();
      if (chosen !== "ok") throw unavailableError(this.#describe(commit));
    };
    await held.hold(fate, resume, () => {
      if (faults.survivesCrash?.(this.partition, commit)) tryApply(apply);
    });
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#read("getMany", this.#rows, (rows) => getMany(rows, keys));
  }

  async scan(range: KeyRange, options: ScanOptions): Promise<Row[]> {
    return this.#read("scan", this.#rows, (rows) => scan(rows, range, options));
  }

  async readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    const mailbox = () => this.#state.mailbox;
    return this.#read("readMailbox", mailbox, (messages) => readMailbox(messages, after, limit));
  }

  async snapshot(): Promise<Snapshot> {
    return this.#read("snapshot", this.#rows, (rows) => {
      const fixed = rows.snapshot();
      let open = true;
      const from = () => {
        if (!open) throw closedError(`the snapshot of partition ${this.partition}`);
        return fixed;
      };
      return {
        getMany: async (keys) => this.#read("getMany", from, (view) => getMany(view, keys)),
        scan: async (range, options) =>
          this.#read("scan", from, (view) => scan(view, range, options)),
        close: async () => {
          open = false;
        },
      };
    });
  }

  readonly #rows = () => this.#state.rows;

  /** Reads from what `source` gives now or, by the choice of the injector, after its delay. */
  #read<T>(kind: ReadKind, source: () => RowMap, read: (view: RowMap) => T): Promise<T> {
    const { faults, held } = this.#context;
    held.assertOpen();
    const delay = faults.beforeRead?.(this.partition, kind);
    if (delay === undefined) return held.hold(Promise.resolve(), () => read(source()));
    const called = source().snapshot();
    return held.hold(delay, (view) => read(view === "called" ? called : source()));
  }

  #describe(commit: Commit): string {
    return `commit ${commit.number} of partition ${this.partition} failed`;
  }
}

function getMany(rows: RowMap, keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
  return keys.map((key) => rows.get(toMapKey(key)));
}

function scan(rows: RowMap, range: KeyRange, options: ScanOptions): Row[] {
  const bounds = { gte: toMapKey(range.gte), lt: toMapKey(range.lt), ...options };
  return rows.range(bounds).map(([key, value]) => ({ key: fromMapKey(key), value }));
}

/** A commit that survives the crash of its store may still be fenced: nobody is left to be told. */
function tryApply(apply: () => void): void {
  try {
    apply();
  } catch {
    // The caller is told of the crash.
  }
}
