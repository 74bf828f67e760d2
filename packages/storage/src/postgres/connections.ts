/**
 * The connections of one store: a bounded pool for writes, one for reads and one for snapshots, so
 * that neither many readers nor snapshots that stay open keep a commit waiting; and the operations
 * that are under way on them.
 */
import { type ClientBase, type ClientConfig, Pool, type PoolClient, type PoolConfig } from "pg";
import { closedError } from "../failures.ts";
import { toConnectError, toStoreError } from "./postgres-errors.ts";
import { assertServer, configureSession, readServerFacts } from "./server-facts.ts";

/** A prepared statement. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A parameter: bytes in PostgreSQL's binary format, or text. */
export type Parameter = Buffer | string;

/** Runs a statement and gives its rows as text; rejects with a `StoreError`. */
export type Query = (
  what: string,
  statement: Statement,
  values: readonly Parameter[],
) => Promise<string[][]>;

/** Bounds on what a store takes of its server. */
export interface ConnectionLimits {
  readonly writesMax: number;
  readonly readsMax: number;
  readonly snapshotsMax: number;
  /** To connect, and to wait for a free connection. */
  readonly connectTimeoutMs: number;
  /** For one statement, among them every commit. */
  readonly statementTimeoutMs: number;
  /** For a snapshot that is not read from; what is left open longer is ended. */
  readonly snapshotIdleMs: number;
}

/** The pools; see the head of this file. */
export type PoolName = "writes" | "reads" | "snapshots";

/** What makes connections. */
export interface ConnectionOptions {
  readonly config: ClientConfig;
  /** Names database and schema in messages. */
  readonly place: string;
  readonly limits: ConnectionLimits;
  readonly acceptFsyncOff: boolean;
}

/** A pool waits for what `onConnect` gives, which its types do not say. */
type AwaitingPoolConfig = Omit<PoolConfig, "onConnect"> & {
  readonly onConnect: (client: ClientBase) => Promise<void>;
};

/** The server ends a statement first; this is for a server that does not answer at all. */
const answerGraceMs = 5_000;
const idleConnectionMs = 30_000;
const rawText = { getTypeParser: () => (text: string) => text };

/** See the head of this file. */
export class Connections {
  readonly place: string;
  readonly #options: ConnectionOptions;
  readonly #pools: Readonly<Record<PoolName, Pool>>;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    const { limits } = options;
    this.#options = options;
    this.place = options.place;
    this.#pools = {
      writes: this.#createPool(limits.writesMax, limits.statementTimeoutMs),
      reads: this.#createPool(limits.readsMax, limits.statementTimeoutMs),
      snapshots: this.#createPool(limits.snapshotsMax, limits.snapshotIdleMs),
    };
  }

  /** What a connection outside the pools is made with. */
  get config(): ClientConfig {
    return connectionConfig(this.#options);
  }

  /** Throws `CLOSED` once the store is closed. */
  assertOpen(): void {
    if (this.#isClosed) throw closedError(`the store in ${this.place}`);
  }

  /** Runs an operation that {@link close} waits for. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const running = operation();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Runs one statement, which is a transaction of its own, on a connection of `pool`. */
  async query(
    pool: PoolName,
    what: string,
    statement: Statement,
    values: readonly Parameter[],
  ): Promise<string[][]> {
    const client = await this.acquire(pool, what);
    let isSound = false;
    try {
      const rows = await this.queryOn(client, what, statement, values);
      isSound = true;
      return rows;
    } finally {
      client.release(!isSound);
    }
  }

  /** Runs one statement on a connection; rejects with a `StoreError`. */
  async queryOn(
    client: PoolClient,
    what: string,
    statement: Statement,
    values: readonly Parameter[],
  ): Promise<string[][]> {
    try {
      const { rows } = await client.query<string[]>({
        ...statement,
        values: [...values],
        rowMode: "array",
        types: rawText,
      });
      return rows;
    } catch (error) {
      throw toStoreError(this.place, what, error);
    }
  }

  /** A connection of `pool`, to be released; rejects with `UNAVAILABLE` if none is to be had. */
  async acquire(pool: PoolName, what: string): Promise<PoolClient> {
    try {
      return await this.#pools[pool].connect();
    } catch (error) {
      throw toConnectError(this.place, what, error);
    }
  }

  /** Refuses new operations and waits for those under way. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Closes the connections, which must have been released. */
  async end(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
  }

  #createPool(max: number, idleTransactionTimeoutMs: number): Pool {
    const { place, limits, acceptFsyncOff } = this.#options;
    const { statementTimeoutMs } = limits;
    const options: AwaitingPoolConfig = {
      ...connectionConfig(this.#options),
      max,
      idleTimeoutMillis: idleConnectionMs,
      onConnect: async (client) => {
        assertServer(place, await readServerFacts(client), { acceptFsyncOff });
        await configureSession(client, { statementTimeoutMs, idleTransactionTimeoutMs });
      },
    };
    const pool = new Pool(options);
    // A lost connection fails the statement that runs on it. Without one there is nobody to tell.
    const ignore = () => {};
    pool.on("error", ignore);
    pool.on("connect", (client) => client.on("error", ignore));
    return pool;
  }
}

function connectionConfig({ config, limits }: ConnectionOptions): ClientConfig {
  return {
    ...config,
    fallback_application_name: "rejoin",
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.statementTimeoutMs + answerGraceMs,
    keepAlive: true,
  };
}
