import type {
  Commit,
  KeyRange,
  PartitionStore,
  Row,
  ScanOptions,
  Snapshot,
  StoredMessage,
} from "@rejoin/engine";
import { assertCommit, closedError, fencedError } from "../failures.ts";
import type { LevelContext } from "./level-context.ts";
import { LevelReads } from "./level-reads.ts";
import { type PartitionHead, putPartitionHead } from "./partition-head.ts";
import { namespaces } from "./row-codec.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Raises the epoch of a partition durably and gives its new leader. */
export async function openPartition(
  context: LevelContext,
  partition: number,
): Promise<LevelPartition> {
  context.assertWritable();
  const head = context.heads[partition] as PartitionHead;
  head.epoch += 1;
  const { epoch } = head;
  let lastCommit = head.durable;
  await context.writer.submit(
    (batch) => putPartitionHead(batch, partition, head),
    () => {
      lastCommit = head.durable;
    },
  );
  return new LevelPartition(context, { partition, epoch, lastCommit });
}

/** A partition of a LevelDB store, opened as `epoch`. */
export class LevelPartition implements PartitionStore {
  readonly partition: number;
  readonly epoch: number;
  readonly #context: LevelContext;
  readonly #head: PartitionHead;
  readonly #reads: LevelReads;
  #lastCommit: PartitionStore["lastCommit"];

  constructor(
    context: LevelContext,
    opened: Pick<PartitionStore, "partition" | "epoch" | "lastCommit">,
  ) {
    this.#context = context;
    this.partition = opened.partition;
    this.epoch = opened.epoch;
    this.#head = context.heads[opened.partition] as PartitionHead;
    this.#reads = new LevelReads(context, opened.partition);
    this.#lastCommit = opened.lastCommit;
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.#lastCommit;
  }

  async commit(commit: Commit): Promise<void> {
    const { writer, heads } = this.#context;
    this.#context.assertWritable();
    const head = this.#head;
    if (head.epoch !== this.epoch) throw fencedError(this.partition, this.epoch, head.epoch);
    assertCommit(this.partition, commit, head.submitted.number, heads.length);
    const mark = { number: commit.number, timeMs: commit.timeMs };
    head.submitted = mark;
    await writer.submit(
      (batch) => this.#fill(batch, commit),
      () => {
        head.durable = mark;
        this.#lastCommit = mark;
      },
    );
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#reads.getMany(keys);
  }

  scan(range: KeyRange, options: ScanOptions): Promise<Row[]> {
    return this.#reads.scan(range, options);
  }

  readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    return this.#reads.readMailbox(after, limit);
  }

  async snapshot(): Promise<Snapshot> {
    this.#context.assertUsable();
    const snapshot = this.#context.database.snapshot();
    const reads = new LevelReads(this.#context, this.partition, snapshot);
    let open = true;
    const assertOpen = () => {
      if (!open) throw closedError(`the snapshot of partition ${this.partition}`);
    };
    return {
      getMany: async (keys) => {
        assertOpen();
        return reads.getMany(keys);
      },
      scan: async (range, options) => {
        assertOpen();
        return reads.scan(range, options);
      },
      close: async () => {
        open = false;
        await snapshot.close();
      },
    };
  }

  #fill(batch: WriteBatch, commit: Commit): void {
    const { partition } = this;
    for (const { key, value } of commit.writes) {
      if (value === undefined) batch.delete(namespaces.row, partition, key);
      else batch.put(namespaces.row, partition, key, value);
    }
    for (const { destination, sequence, body } of commit.messages) {
      batch.putMessage(destination, { source: partition, sequence }, body);
    }
    for (const place of commit.consumed) batch.deleteMessage(partition, place);
    putPartitionHead(batch, partition, this.#head);
  }
}
