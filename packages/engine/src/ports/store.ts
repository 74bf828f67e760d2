/**
 * The store: an ordered, transactional key-value map per partition, a mailbox per partition, and a
 * small versioned map for what lies outside the partitions.
 *
 * Owned by the engine, implemented in `@rejoin/storage`; every adapter passes the same suite.
 * Keys are ordered as unsigned bytes. All partitions of a store live in one database, so that a
 * commit and the messages that it sends to other partitions are one transaction.
 */

/** A row to write; no value deletes the key. */
export interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Orders the messages from one partition to another; grows strictly. */
export interface MessageSequence {
  /** The number of the commit that sent the message. */
  readonly commit: number;
  /** Its place in that commit. */
  readonly index: number;
}

/** A message that a commit appends to another partition's mailbox. */
export interface OutgoingMessage {
  readonly destination: number;
  readonly sequence: MessageSequence;
  readonly body: Uint8Array;
}

/** A message as it lies in a mailbox. */
export interface StoredMessage {
  readonly source: number;
  readonly sequence: MessageSequence;
  readonly body: Uint8Array;
}

/** Keys from `gte` (inclusive) to `lt` (exclusive). */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

export interface ScanOptions {
  /** At most so many rows. */
  readonly limit: number;
  /** From the end of the range to its start. */
  readonly reverse?: boolean;
}

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Reads of one partition, all of the same committed state. */
export interface Reads {
  /** The values of `keys`, in their order. A missing key gives `undefined`. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** The rows of a range in key order, at most `limit`. */
  scan(range: KeyRange, options: ScanOptions): Promise<Row[]>;
}

/** A consistent view that later commits do not change. Close it when done. */
export interface Snapshot extends Reads {
  close(): Promise<void>;
}

/** One durable, atomic change of a partition. */
export interface Commit {
  /** One more than that of the partition's previous commit. */
  readonly number: number;
  /** The partition's time at this commit, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly writes: readonly Write[];
  /** Appended to the mailboxes of other partitions. */
  readonly messages: readonly OutgoingMessage[];
  /** Removed from this partition's mailbox: their effect is in `writes`. */
  readonly consumed: readonly Pick<StoredMessage, "source" | "sequence">[];
}

/** One partition, opened by its leader. */
export interface PartitionStore extends Reads {
  readonly partition: number;
  /** Fences every opening of this partition that came before. */
  readonly epoch: number;
  /** The number and time of the last commit, zeros if there is none. */
  readonly lastCommit: { readonly number: number; readonly timeMs: number };
  /**
   * All or nothing, and durable when it resolves. Rejects with a `StoreError` of code `FENCED` if
   * the partition has been opened again since, with `UNAVAILABLE` if the outcome is unknown.
   * One commit of a partition is in flight at a time.
   */
  commit(commit: Commit): Promise<void>;
  /** A consistent view of the last committed state. */
  snapshot(): Promise<Snapshot>;
  /** The messages in this partition's mailbox that follow `after`, ordered by source and sequence. */
  readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]>;
}

/** A value outside the partitions with the version that a compare-and-set expects. */
export interface Versioned {
  readonly version: number;
  readonly value: Uint8Array;
}

export interface Store {
  /** Fixed when the store is created. */
  readonly partitionCount: number;
  /** Makes the caller the leader of `partition` and fences every older epoch. */
  open(partition: number): Promise<PartitionStore>;
  /** A value outside the partitions: the registry, settings. */
  getMetadata(key: string): Promise<Versioned | undefined>;
  /**
   * Sets it durably if its version is still `expectedVersion` (0: it does not exist yet); the new
   * version is one higher. Resolves to `false`, and writes nothing, if it is not.
   */
  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean>;
  /** Calls `listener` after any change of `key`, by this process or, where the adapter can tell, another. */
  watchMetadata(key: string, listener: () => void): () => void;
  /** Waits for what is in flight and releases the database. */
  close(): Promise<void>;
}

/** The ways a store can fail; `DATA_CORRUPTION` is never retried. */
export type StoreErrorCode =
  | "FENCED"
  | "UNAVAILABLE"
  | "DATA_CORRUPTION"
  | "IN_USE"
  | "NOT_WRITABLE"
  | "UNSUPPORTED_FORMAT"
  | "CLOSED";

/** What a store rejects with. The message names the file, partition or gap, and the remedy. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
