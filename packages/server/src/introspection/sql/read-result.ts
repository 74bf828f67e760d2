/** The rows of a statement, as far as an answer may hold them. */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { Database, DuckDb } from "../process/database.ts";
import { Refused } from "../process/refused.ts";

export interface ResultColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly values: DuckDBValue[];
}

export interface SqlResult {
  readonly duckdb: DuckDb;
  readonly columns: readonly ResultColumn[];
  readonly rowCount: number;
  /** There are more rows. */
  readonly isTruncated: boolean;
}

export interface ResultLimits {
  readonly rowsMax: number;
  /** About. */
  readonly bytesMax: number;
  readonly isCancelled: () => boolean;
}

/** What DuckDB calls a count of rows, and others call otherwise. */
const NAMES: ReadonlyMap<string, string> = new Map([["count_star()", "count(*)"]]);

export async function readResult(
  { duckdb }: Database,
  connection: DuckDBConnection,
  sql: string,
  limits: ResultLimits,
): Promise<SqlResult> {
  const result = await connection.stream(sql);
  const types = result.columnTypes();
  const columns: ResultColumn[] = result.columnNames().map((name, i) => ({
    name: NAMES.get(name) ?? name,
    type: types[i] ?? duckdb.VARCHAR,
    values: [],
  }));
  let rowCount = 0;
  let bytes = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (limits.isCancelled()) throw new Refused("failed", "the statement has been ended");
    if (chunk === null || chunk.rowCount === 0) break;
    const room = limits.rowsMax - rowCount;
    if (room <= 0) return { duckdb, columns, rowCount, isTruncated: true };
    const taken = Math.min(room, chunk.rowCount);
    for (const [i, column] of columns.entries()) {
      const values = chunk.getColumnValues(i);
      if (values.length > taken) values.length = taken;
      for (const value of values) {
        column.values.push(value);
        bytes += sizeOf(value);
      }
    }
    rowCount += taken;
    if (bytes > limits.bytesMax) {
      const mib = limits.bytesMax / 1_048_576;
      const text = `the answer is larger than ${mib} MiB: select fewer columns, or fewer rows`;
      throw new Refused("failed", text);
    }
    if (taken < chunk.rowCount) return { duckdb, columns, rowCount, isTruncated: true };
  }
  return { duckdb, columns, rowCount, isTruncated: false };
}

/** What a value takes in memory at least. */
const CELL_BYTES = 16;

function sizeOf(value: DuckDBValue): number {
  if (typeof value === "string") return CELL_BYTES + value.length;
  if (typeof value === "object" && value !== null && "bytes" in value) {
    return CELL_BYTES + (value.bytes as Uint8Array).length * 2;
  }
  if (typeof value === "object" && value !== null && "items" in value) {
    return (value.items as readonly DuckDBValue[]).reduce(
      (sum: number, item) => sum + sizeOf(item),
      CELL_BYTES,
    );
  }
  return CELL_BYTES;
}
