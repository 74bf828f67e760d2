/** The open attempts as a table of a connection: they are in the memory of the server alone. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { InFlight } from "../mirror/messages.ts";
import type { Database } from "./database.ts";

const CREATE =
  "CREATE TEMP TABLE IF NOT EXISTS in_flight (id VARCHAR, started_at DOUBLE, deployment VARCHAR)";
const CHUNK_ROWS = 2048;

/** Replaces what the connection knew of them. */
export async function refreshInFlight(
  { duckdb }: Database,
  connection: DuckDBConnection,
  inFlight: readonly InFlight[],
): Promise<void> {
  await connection.run(CREATE);
  await connection.run("DELETE FROM temp.main.in_flight");
  if (inFlight.length === 0) return;
  const appender = await connection.createAppender("in_flight", "main", "temp");
  const types = [duckdb.VARCHAR, duckdb.DOUBLE, duckdb.VARCHAR];
  for (let start = 0; start < inFlight.length; start += CHUNK_ROWS) {
    const some = inFlight.slice(start, start + CHUNK_ROWS);
    const chunk = duckdb.DuckDBDataChunk.create(types, some.length);
    chunk.setColumnValues(
      0,
      some.map(({ id }) => id),
    );
    chunk.setColumnValues(
      1,
      some.map(({ startedAt }) => startedAt),
    );
    chunk.setColumnValues(
      2,
      some.map(({ deploymentId }) => deploymentId),
    );
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}
