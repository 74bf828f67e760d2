import { type Store, StoreError } from "@rejoin/engine";
import { Client, type ClientConfig } from "pg";
import { assertPartitionCount } from "../failures.ts";
import { type Delay, realDelay } from "../level/delay.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { Metadata, readVersions } from "./metadata.ts";
import { MetadataWatch } from "./metadata-watch.ts";
import { toStoreError } from "./postgres-errors.ts";
import { PostgresStore } from "./postgres-store.ts";
import { prepareSchema } from "./schema.ts";
import { Snapshots } from "./snapshots.ts";
import { createStatements } from "./statements.ts";

/** Where a PostgreSQL store lies and how it is opened. */
export interface PostgresStoreOptions {
  /**
   * As `postgresql://user:password@host:5432/database`; what it leaves out comes from the variables
   * `PGHOST`, `PGUSER` and so on. The connections must be sessions: a proxy that shares them between
   * transactions is of no use.
   */
  readonly connectionString: string;
  /** Made if it is missing, `rejoin` by default. Holds nothing but the store. */
  readonly schema?: string;
  /** How many a new store has, 1 by default; an existing one must have as many, if given. */
  readonly partitionCount?: number;
  /** Bounds on what is taken of the server; see {@link defaultConnectionLimits}. */
  readonly limits?: Partial<ConnectionLimits>;
  /** Use a server with `fsync = off` all the same: it loses commits when its machine fails. */
  readonly acceptFsyncOff?: boolean;
  /** How to wait, before connecting again for notifications among others; real time by default. */
  readonly delay?: Delay;
}

/** With the connection for notifications, 25 of the 100 that a server has by default. */
export const defaultConnectionLimits: ConnectionLimits = {
  writesMax: 8,
  readsMax: 8,
  snapshotsMax: 8,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 30_000,
  snapshotIdleMs: 60_000,
};

const defaultSchema = "rejoin";
const identifierBytesMax = 63;

/**
 * Opens the store in a schema of a PostgreSQL database, version 13 or newer, or makes it. Several
 * processes may have it open; they fence each other partition by partition.
 *
 * Rejects with a `StoreError`: `UNAVAILABLE` if the server cannot be reached or refuses the role,
 * `NOT_WRITABLE` if rights are missing or the server is a standby or runs with `fsync = off`,
 * `UNSUPPORTED_FORMAT` (also for another partition count and for an older server), and
 * `DATA_CORRUPTION`. Throws a `RangeError` for options that cannot be.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { schema = defaultSchema, partitionCount, delay = realDelay } = options;
  if (partitionCount !== undefined) assertPartitionCount(partitionCount);
  assertSchema(schema);
  const limits = { ...defaultConnectionLimits, ...options.limits };
  assertConnectionLimits(limits);
  const config = parseConnectionString(options.connectionString);
  const place = describePlace(config, schema);
  const { acceptFsyncOff = false } = options;
  const connections = new Connections({ config, place, limits, acceptFsyncOff });
  const statements = createStatements(schema);
  const watch = new MetadataWatch({
    config: connections.config,
    place,
    schema,
    delay,
    readVersions: (keys) => readVersions(connections, statements, keys),
  });
  try {
    const count = await prepare(connections, { schema, place, partitionCount });
    await watch.start();
    const snapshots = new Snapshots(connections, statements);
    const metadata = new Metadata({ connections, statements, watch, schema });
    const context = { connections, statements, snapshots, partitionCount: count };
    return new PostgresStore(context, { metadata, watch, delay });
  } catch (error) {
    await watch.close();
    await connections.end();
    throw error;
  }
}

async function prepare(
  connections: Connections,
  options: Parameters<typeof prepareSchema>[1],
): Promise<number> {
  const what = "preparing the schema";
  const client = await connections.acquire("writes", what);
  let isSound = false;
  try {
    const partitionCount = await prepareSchema(client, options);
    isSound = true;
    return partitionCount;
  } catch (error) {
    throw toStoreError(options.place, what, error);
  } finally {
    client.release(!isSound);
  }
}

function parseConnectionString(connectionString: string): ClientConfig {
  const config = { connectionString };
  try {
    new Client(config);
    return config;
  } catch (error) {
    throw unreadableError(error);
  }
}

/** The connection string is not repeated: it may hold a password. */
function unreadableError(cause: unknown): StoreError {
  return new StoreError(
    "UNAVAILABLE",
    "the connection string cannot be read: " +
      "write it as postgresql://user:password@host:5432/database",
    { cause },
  );
}

function describePlace(config: ClientConfig, schema: string): string {
  const { host, port, database } = new Client(config);
  return `schema ${schema} of database ${database} on ${host}:${port}`;
}

function assertSchema(schema: string): void {
  const bytes = Buffer.byteLength(schema);
  const isReserved = schema.startsWith("pg_") || schema === "information_schema";
  if (bytes >= 1 && bytes <= identifierBytesMax && !schema.includes("\0") && !isReserved) return;
  throw new RangeError(
    `"${schema}" cannot be a schema: use a name of 1 to ${identifierBytesMax} bytes that does not ` +
      "begin with pg_",
  );
}

function assertConnectionLimits(limits: ConnectionLimits): void {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`the limit ${name} is ${value}: it must be an integer of at least 1`);
  }
}
