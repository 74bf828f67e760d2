/**
 * What survives a crash of a memory store: only durable state is ever written here. Any number of
 * stores may be open on a disk at a time, like the nodes on one PostgreSQL.
 */
import { type Commit, type StoredMessage, StoreError, type Versioned } from "@rejoin/engine";
import { assertCommit, assertPartition, assertPartitionCount, fencedError } from "../failures.ts";
import { decodeMailboxKey, encodeMailboxKey, mailboxKeyBytes } from "../mailbox-key.ts";
import { type MapRange, SortedMap } from "./sorted-map.ts";

/** Taken before anybody can replace it: fake timers of test runners do. */
const enqueueMicrotask = queueMicrotask;

/** The durable state of one partition. */
export interface DiskPartition {
  rows: SortedMap<Uint8Array>;
  mailbox: SortedMap<Uint8Array>;
  epoch: number;
  last: { readonly number: number; readonly timeMs: number };
}

type MetadataListener = () => void;

/** See the head of this file; its members are for memory stores only. */
export class MemoryDisk {
  readonly partitionCount: number;
  readonly #partitions: readonly DiskPartition[];
  readonly #metadata = new Map<string, Versioned>();
  readonly #listeners = new Map<string, Set<MetadataListener>>();

  constructor(partitionCount: number) {
    assertPartitionCount(partitionCount);
    this.partitionCount = partitionCount;
    this.#partitions = Array.from({ length: partitionCount }, () => ({
      rows: new SortedMap<Uint8Array>(),
      mailbox: new SortedMap<Uint8Array>(),
      epoch: 0,
      last: { number: 0, timeMs: 0 },
    }));
  }

  partition(partition: number): DiskPartition {
    assertPartition(partition, this.partitionCount);
    return this.#partitions[partition] as DiskPartition;
  }

  /** Applies a commit whole, or throws: `FENCED`, or a `RangeError` for a wrong number. */
  commit(partition: number, epoch: number, commit: Commit): void {
    const own = this.partition(partition);
    if (own.epoch !== epoch) throw fencedError(partition, epoch, own.epoch);
    assertCommit(partition, commit, own.last.number, this.partitionCount);
    for (const { key, value } of commit.writes) {
      if (value === undefined) own.rows.delete(toMapKey(key));
      else own.rows.set(toMapKey(key), value.slice());
    }
    for (const { destination, sequence, body } of commit.messages) {
      const key = toMessageKey({ source: partition, sequence });
      this.partition(destination).mailbox.set(key, body.slice());
    }
    for (const place of commit.consumed) own.mailbox.delete(toMessageKey(place));
    own.last = { number: commit.number, timeMs: commit.timeMs };
  }

  getMetadata(key: string): Versioned | undefined {
    return this.#metadata.get(key);
  }

  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array): boolean {
    const version = this.#metadata.get(key)?.version ?? 0;
    if (version !== expectedVersion) return false;
    this.#metadata.set(key, { version: version + 1, value: value.slice() });
    for (const listener of this.#listeners.get(key) ?? []) enqueueMicrotask(listener);
    return true;
  }

  watchMetadata(key: string, listener: MetadataListener): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}

/** An empty disk. */
export function createMemoryDisk(options: { readonly partitionCount: number }): MemoryDisk {
  return new MemoryDisk(options.partitionCount);
}

/** The key as a string whose order is that of its bytes. */
export function toMapKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/** The bytes of a key. */
export function fromMapKey(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let at = 0; at < key.length; at++) bytes[at] = key.charCodeAt(at);
  return bytes;
}

/** The messages of a mailbox after a place. */
export function readMailbox(
  mailbox: SortedMap<Uint8Array>,
  after: Pick<StoredMessage, "source" | "sequence"> | undefined,
  limit: number,
): StoredMessage[] {
  const range: MapRange = after ? { gt: toMessageKey(after), limit } : { limit };
  return mailbox.range(range).map(([key, body]) => {
    const bytes = fromMapKey(key);
    return { ...decodeMailboxKey(new DataView(bytes.buffer), 0), body };
  });
}

/** What a write or read rejects with when its outcome is unknown or its store is gone. */
export function unavailableError(what: string): StoreError {
  return new StoreError("UNAVAILABLE", `${what}: open it again, its outcome is unknown`);
}

function toMessageKey(place: Pick<StoredMessage, "source" | "sequence">): string {
  const bytes = new Uint8Array(mailboxKeyBytes);
  encodeMailboxKey(new DataView(bytes.buffer), 0, place);
  return toMapKey(bytes);
}
