import {
  type Commit,
  type KeyRange,
  type PartitionStore,
  type Row,
  type ScanOptions,
  type Snapshot,
  type StoredMessage,
  StoreError,
} from "@rejoin/engine";
import { assertCommit, fencedError } from "../failures.ts";
import { encodeCommit } from "./commit-parameters.ts";
import type { Connections, Parameter } from "./connections.ts";
import { PostgresReads } from "./postgres-reads.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Statements } from "./statements.ts";

/** What the parts of one open store share. */
export interface PostgresContext {
  readonly connections: Connections;
  readonly statements: Statements;
  readonly snapshots: Snapshots;
  readonly partitionCount: number;
}

/** Raises the epoch of a partition durably and gives its new leader. */
export async function openPartition(
  context: PostgresContext,
  partition: number,
): Promise<PostgresPartition> {
  const { connections, statements } = context;
  const what = `opening partition ${partition}`;
  const [head] = await connections.query("writes", what, statements.open, [`${partition}`]);
  if (head === undefined) throw missingHeadError(connections.place, partition);
  const [epoch, number, timeMs] = head.map(Number) as [number, number, number];
  return new PostgresPartition(context, { partition, epoch, lastCommit: { number, timeMs } });
}

/** A partition of a PostgreSQL store, opened as `epoch`. */
export class PostgresPartition implements PartitionStore {
  readonly partition: number;
  readonly epoch: number;
  readonly #context: PostgresContext;
  readonly #reads: PostgresReads;
  #lastCommit: PartitionStore["lastCommit"];
  #submittedNumber: number;
  #committing: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(
    context: PostgresContext,
    opened: Pick<PartitionStore, "partition" | "epoch" | "lastCommit">,
  ) {
    const { connections, statements } = context;
    const { partition } = opened;
    this.#context = context;
    this.partition = partition;
    this.epoch = opened.epoch;
    this.#lastCommit = opened.lastCommit;
    this.#submittedNumber = opened.lastCommit.number;
    this.#reads = new PostgresReads({
      partition,
      place: connections.place,
      statements,
      query: (...query) => connections.query("reads", ...query),
    });
  }

  get lastCommit(): PartitionStore["lastCommit"] {
    return this.#lastCommit;
  }

  commit(commit: Commit): Promise<void> {
    return this.#context.connections.run(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      assertCommit(this.partition, commit, this.#submittedNumber, this.#context.partitionCount);
      const parameters = encodeCommit(this.partition, commit);
      this.#submittedNumber = commit.number;
      // A second commit sees the rows of the one before it, which must be over when it begins.
      const committing = this.#committing.then(() => this.#commit(commit, parameters));
      this.#committing = committing.catch(() => undefined);
      await committing;
    });
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#context.connections.run(() => this.#reads.getMany(keys));
  }

  scan(range: KeyRange, options: ScanOptions): Promise<Row[]> {
    return this.#context.connections.run(() => this.#reads.scan(range, options));
  }

  readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    return this.#context.connections.run(() => this.#reads.readMailbox(after, limit));
  }

  snapshot(): Promise<Snapshot> {
    const { connections, snapshots } = this.#context;
    return connections.run(() => snapshots.open(this.partition));
  }

  async #commit(commit: Commit, parameters: readonly Parameter[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { connections, statements } = this.#context;
    const { partition, epoch } = this;
    try {
      const values = [`${partition}`, `${epoch}`, ...parameters];
      const what = this.#describe(commit);
      const applied = await connections.query("writes", what, statements.commit, values);
      if (applied.length === 0) throw await this.#refusal(commit);
    } catch (error) {
      // Whether it was applied is found out by opening the partition again.
      this.#failure = toCommitError(error);
      throw this.#failure;
    }
    this.#lastCommit = { number: commit.number, timeMs: commit.timeMs };
  }

  /** Why the head was not as this leader left it. */
  async #refusal(commit: Commit): Promise<StoreError> {
    const { connections, statements } = this.#context;
    const { partition, epoch } = this;
    const what = this.#describe(commit);
    const [head] = await connections.query("writes", what, statements.head, [`${partition}`]);
    if (head === undefined) return missingHeadError(connections.place, partition);
    const [newest = 0, number = 0] = head.map(Number);
    if (newest > epoch) return fencedError(partition, epoch, newest);
    return new StoreError(
      "DATA_CORRUPTION",
      `partition ${partition} in ${connections.place} was left at epoch ${epoch} and commit ` +
        `${commit.number - 1} and is now at epoch ${newest} and commit ${number}: the database has ` +
        "lost commits or was restored to an earlier state; restore what it lacks, or start the " +
        "server again to go on without it",
    );
  }

  #describe(commit: Commit): string {
    return `commit ${commit.number} of partition ${this.partition}`;
  }
}

function toCommitError(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.code !== "UNAVAILABLE") return error;
  const message = `${error.message}; its outcome is unknown, open the partition again`;
  return new StoreError("UNAVAILABLE", message, { cause: error.cause ?? error });
}

function missingHeadError(place: string, partition: number): StoreError {
  return new StoreError(
    "DATA_CORRUPTION",
    `the row of partition ${partition} is missing from the table partitions of ${place}: restore ` +
      "the schema from a backup",
  );
}
