/** PostgreSQL as the storage of a test host: a schema of its own, and what is under way in it. */
import { randomUUID } from "node:crypto";
import { type Commit, type PartitionStore, type Store, StoreError } from "@rejoin/engine";
import { openPostgresStore } from "@rejoin/storage/postgres";
import { Client, escapeIdentifier } from "pg";
import type { HostStorage, HostStore } from "./host.ts";

/** Few for each host: several suites share the connections that the server has. */
const limits = { writesMax: 4, readsMax: 4, snapshotsMax: 2 };

/** A new schema in the database at `connectionString`. */
export function createPostgresStorage(
  connectionString: string,
  partitionCount: number,
): HostStorage {
  const schema = `rejoin test ${randomUUID()}`;
  const running = new Set<Promise<unknown>>();
  return {
    open: async (onCommit) => {
      const store = await openPostgresStore({ connectionString, schema, partitionCount, limits });
      return new CrashableStore(store, { running, onCommit });
    },
    wait: async () => {
      if (running.size === 0) return false;
      await Promise.race(running);
      return true;
    },
    dispose: async () => {
      await Promise.all(running);
      const client = new Client({ connectionString });
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
      await client.end();
    },
  };
}

/**
 * A store that can crash: what is under way is then no longer waited for, and may be carried out or
 * not, as when its process dies.
 */
class CrashableStore implements HostStore {
  readonly #inner: Store;
  readonly #running: Set<Promise<unknown>>;
  readonly #onCommit: (commit: Commit) => void;
  readonly #crashed: Promise<never>;
  #crash: (error: StoreError) => void = () => {};

  constructor(
    inner: Store,
    options: {
      readonly running: Set<Promise<unknown>>;
      readonly onCommit: (commit: Commit) => void;
    },
  ) {
    this.#inner = inner;
    this.#running = options.running;
    this.#onCommit = options.onCommit;
    this.#crashed = new Promise((_, reject) => {
      this.#crash = reject;
    });
    this.#crashed.catch(() => undefined);
  }

  get partitionCount(): number {
    return this.#inner.partitionCount;
  }

  async open(partition: number): Promise<PartitionStore> {
    return this.#wrap(await this.#track(this.#inner.open(partition)));
  }

  getMetadata(key: string) {
    return this.#track(this.#inner.getMetadata(key));
  }

  compareAndSetMetadata(key: string, expectedVersion: number, value: Uint8Array) {
    return this.#track(this.#inner.compareAndSetMetadata(key, expectedVersion, value));
  }

  watchMetadata(key: string, listener: () => void): () => void {
    return this.#inner.watchMetadata(key, listener);
  }

  close(): Promise<void> {
    return this.#track(this.#inner.close());
  }

  crash(): void {
    this.#crash(new StoreError("UNAVAILABLE", "the process of the store has ended"));
    this.#track(this.#inner.close()).catch(() => undefined);
  }

  #wrap(inner: PartitionStore): PartitionStore {
    return {
      partition: inner.partition,
      epoch: inner.epoch,
      get lastCommit() {
        return inner.lastCommit;
      },
      commit: (commit) => {
        this.#onCommit(commit);
        return this.#track(inner.commit(commit));
      },
      getMany: (keys) => this.#track(inner.getMany(keys)),
      scan: (range, options) => this.#track(inner.scan(range, options)),
      readMailbox: (after, limit) => this.#track(inner.readMailbox(after, limit)),
      snapshot: () => this.#track(inner.snapshot()),
    };
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    const settled = operation.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(settled);
    void settled.then(() => this.#running.delete(settled));
    return Promise.race([operation, this.#crashed]);
  }
}
