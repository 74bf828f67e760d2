/** A table of one connection, made for one statement. */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { Database, DuckDb } from "../process/database.ts";
import type { SqlColumn, SqlType } from "./tables.ts";

/** Instants are milliseconds since the Unix epoch. */
export type SqlCell =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly string[]
  | null
  | undefined;

/** By the names of the columns; what is absent is null. */
export type SqlRow = Readonly<Record<string, SqlCell>>;

const CHUNK_ROWS = 1024;

export class TempTable {
  private readonly database: Database;
  private readonly connection: DuckDBConnection;
  private readonly name: string;
  private readonly columns: readonly SqlColumn[];
  private rows: SqlRow[] = [];

  constructor(
    database: Database,
    connection: DuckDBConnection,
    name: string,
    columns: readonly SqlColumn[],
  ) {
    this.database = database;
    this.connection = connection;
    this.name = name;
    this.columns = columns;
  }

  async create(): Promise<void> {
    const columns = this.columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
    await this.connection.run(`CREATE TEMP TABLE ${this.name} (${columns})`);
  }

  async add(row: SqlRow): Promise<void> {
    this.rows.push(row);
    if (this.rows.length >= CHUNK_ROWS) await this.flush();
  }

  async flush(): Promise<void> {
    const { rows, columns } = this;
    if (rows.length === 0) return;
    this.rows = [];
    const { duckdb } = this.database;
    const types = columns.map(({ type }) => toType(duckdb, type));
    const chunk = duckdb.DuckDBDataChunk.create(types, rows.length);
    for (const [i, { name, type }] of columns.entries()) {
      chunk.setColumnValues(
        i,
        rows.map((row) => toValue(duckdb, type, row[name])),
      );
    }
    const appender = await this.connection.createAppender(this.name, "main", "temp");
    appender.appendDataChunk(chunk);
    appender.flushSync();
    appender.closeSync();
  }
}

function toType(duckdb: DuckDb, type: SqlType): DuckDBType {
  switch (type) {
    case "UINTEGER[]":
      return duckdb.LIST(duckdb.UINTEGER);
    case "VARCHAR[]":
      return duckdb.LIST(duckdb.VARCHAR);
    default:
      return duckdb[type];
  }
}

function toValue(duckdb: DuckDb, type: SqlType, cell: SqlCell): DuckDBValue {
  if (cell === undefined || cell === null) return null;
  if (type === "TIMESTAMPTZ")
    return new duckdb.DuckDBTimestampTZValue(BigInt(Number(cell)) * 1000n);
  if (type === "UBIGINT") return BigInt(cell as number | bigint);
  if (cell instanceof Uint8Array) return duckdb.blobValue(cell);
  if (Array.isArray(cell)) return duckdb.listValue([...cell]);
  return cell as string | number | boolean;
}
