/**
 * The database of the mirror: DuckDB, in memory, compressed, and shut off from everything outside.
 *
 * DuckDB comes as an optional dependency, and is loaded when it is first needed.
 */
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export type DuckDb = typeof import("@duckdb/node-api");

/** The catalog and the schema that statements see. */
export const CATALOG = "restate";
export const SCHEMA = "public";
const MIRROR = "mirror";

export interface DatabaseOptions {
  readonly memoryBytesMax: number;
  readonly threads: number;
}

export class Database {
  readonly duckdb: DuckDb;
  private readonly instance: DuckDBInstance;

  private constructor(duckdb: DuckDb, instance: DuckDBInstance) {
    this.duckdb = duckdb;
    this.instance = instance;
  }

  /** Rejects if DuckDB is not installed, or not for this platform. */
  static async open({ memoryBytesMax, threads }: DatabaseOptions): Promise<Database> {
    const duckdb = await import("@duckdb/node-api");
    const instance = await duckdb.DuckDBInstance.create(":memory:", {
      threads: String(threads),
      memory_limit: `${Math.floor(memoryBytesMax / 1_048_576)}MiB`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
      temp_directory: "",
    });
    const connection = await instance.connect();
    await connection.run(`ATTACH ':memory:' AS ${MIRROR} (COMPRESS)`);
    await connection.run("SET GLOBAL TimeZone = 'UTC'").catch(() => undefined);
    // Deeper ones take minutes to plan, and do not notice that they are to end.
    await connection.run("SET GLOBAL max_expression_depth = 150");
    await connection.run("SET GLOBAL enable_external_access = false");
    await connection.run("SET GLOBAL lock_configuration = true");
    connection.closeSync();
    return new Database(duckdb, instance);
  }

  /** A connection with tables of its own in memory, besides those of the mirror. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.instance.connect();
    await connection.run(`USE ${MIRROR}`);
    return connection;
  }

  close(): void {
    this.instance.closeSync();
  }
}

/** All rows of a result, by the names of their columns. */
export async function readRows(
  connection: DuckDBConnection,
  sql: string,
  values: readonly (string | number | bigint | null)[] = [],
): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql, [...values]);
  return reader.getRowObjectsJS() as Record<string, unknown>[];
}
