/** Writes rows to a table of the database, in chunks of columns. */
import type { DuckDBAppender, DuckDBConnection, DuckDBType } from "@duckdb/node-api";
import type { DuckDb } from "./database.ts";

export type Cell = string | number | bigint | boolean | null;
export type ColumnType = "VARCHAR" | "DOUBLE" | "UINTEGER" | "UBIGINT" | "BOOLEAN";

export interface WrittenTable {
  readonly name: string;
  /** `null` for the one in use. */
  readonly catalog: string | null;
  readonly types: readonly ColumnType[];
}

/** What DuckDB takes at once. */
const CHUNK_ROWS = 2048;
/** As many rows as DuckDB compresses together. */
const FLUSH_ROWS = 122_880;

export class ChunkWriter {
  private readonly duckdb: DuckDb;
  private readonly appender: DuckDBAppender;
  private readonly types: readonly DuckDBType[];
  /** Of each column, the cells that have not been written. */
  private readonly cells: Cell[][];
  private count = 0;
  private unflushed = 0;

  private constructor(duckdb: DuckDb, appender: DuckDBAppender, types: readonly ColumnType[]) {
    this.duckdb = duckdb;
    this.appender = appender;
    this.types = types.map((type) => duckdb[type]);
    this.cells = types.map(() => []);
  }

  static async open(
    duckdb: DuckDb,
    connection: DuckDBConnection,
    { name, catalog, types }: WrittenTable,
  ): Promise<ChunkWriter> {
    const appender = await connection.createAppender(name, null, catalog);
    return new ChunkWriter(duckdb, appender, types);
  }

  /** Adds a row: `read` gives the cell of each column. */
  add(read: (column: number) => Cell): void {
    const { cells } = this;
    for (let i = 0; i < cells.length; i++) cells[i]?.push(read(i));
    this.count += 1;
    if (this.count === CHUNK_ROWS) this.write();
  }

  /** Makes all rows visible. */
  flush(): void {
    this.write();
    this.unflushed = 0;
    this.appender.flushSync();
  }

  close(): void {
    this.flush();
    this.appender.closeSync();
  }

  private write(): void {
    if (this.count === 0) return;
    const chunk = this.duckdb.DuckDBDataChunk.create(this.types, this.count);
    for (const [i, column] of this.cells.entries()) {
      chunk.setColumnValues(i, column);
      column.length = 0;
    }
    this.appender.appendDataChunk(chunk);
    this.unflushed += this.count;
    this.count = 0;
    if (this.unflushed >= FLUSH_ROWS) this.flush();
  }
}
