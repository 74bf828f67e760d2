/**
 * Snapshots: each is a read-only transaction at the isolation level `repeatable read`, on a
 * connection of its own. While one is open, PostgreSQL keeps what has been deleted since.
 */
import type { KeyRange, Row, ScanOptions, Snapshot } from "@rejoin/engine";
import type { PoolClient } from "pg";
import { closedError } from "../failures.ts";
import type { Connections, Query } from "./connections.ts";
import { toStoreError } from "./postgres-errors.ts";
import { PostgresReads } from "./postgres-reads.ts";
import type { Statements } from "./statements.ts";

/** Its first statement decides what a transaction sees. */
const beginning = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1";

/** The open snapshots of one store. */
export class Snapshots {
  readonly #connections: Connections;
  readonly #statements: Statements;
  readonly #open = new Set<PostgresSnapshot>();

  constructor(connections: Connections, statements: Statements) {
    this.#connections = connections;
    this.#statements = statements;
  }

  /** A view of a partition; waits for a free connection, and rejects if none becomes free in time. */
  async open(partition: number): Promise<Snapshot> {
    const connections = this.#connections;
    const what = `a snapshot of partition ${partition}`;
    const client = await connections.acquire("snapshots", what);
    try {
      await client.query(beginning);
    } catch (error) {
      client.release(true);
      throw toStoreError(connections.place, what, error);
    }
    const snapshot = new PostgresSnapshot({
      connections,
      statements: this.#statements,
      client,
      partition,
      onClose: () => this.#open.delete(snapshot),
    });
    this.#open.add(snapshot);
    return snapshot;
  }

  /** Ends those that are still open. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((snapshot) => snapshot.close()));
  }
}

class PostgresSnapshot implements Snapshot {
  readonly #connections: Connections;
  readonly #client: PoolClient;
  readonly #partition: number;
  readonly #reads: PostgresReads;
  readonly #onClose: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #isSound = true;
  #closing: Promise<void> | undefined;

  constructor(options: {
    readonly connections: Connections;
    readonly statements: Statements;
    readonly client: PoolClient;
    readonly partition: number;
    readonly onClose: () => void;
  }) {
    const { connections, statements, partition } = options;
    this.#connections = connections;
    this.#client = options.client;
    this.#partition = partition;
    this.#onClose = options.onClose;
    this.#reads = new PostgresReads({
      partition,
      place: connections.place,
      statements,
      query: this.#query,
    });
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#connections.run(async () => {
      this.#assertOpen();
      return this.#reads.getMany(keys);
    });
  }

  scan(range: KeyRange, options: ScanOptions): Promise<Row[]> {
    return this.#connections.run(async () => {
      this.#assertOpen();
      return this.#reads.scan(range, options);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** One statement at a time: they share a connection. */
  readonly #query: Query = (what, statement, values) => {
    const running = this.#last.then(() =>
      this.#connections.queryOn(this.#client, what, statement, values),
    );
    this.#last = running.catch(() => {
      this.#isSound = false;
    });
    return running;
  };

  #assertOpen(): void {
    if (this.#closing) throw closedError(`the snapshot of partition ${this.#partition}`);
  }

  async #close(): Promise<void> {
    await this.#last;
    try {
      if (this.#isSound) await this.#client.query("ROLLBACK");
    } catch {
      // The transaction ends with its connection.
      this.#isSound = false;
    }
    this.#client.release(!this.#isSound);
    this.#onClose();
  }
}
