/** How the server is doing: how many of what, what has been completed, and what does not go on. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ShownStatus } from "../mirror/filter.ts";
import { type OverviewAnswer, STUCK_AFTER_MS, type StuckKind } from "../mirror/questions.ts";
import { FAULT_LINE, SAMPLES } from "./answer-summary.ts";
import { readRows } from "./database.ts";
import { HEADERS } from "./header-table.ts";
import { Parameters, selectFitting } from "./where.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;
const STUCK_MAX = 100;

export async function answerOverview(
  connection: DuckDBConnection,
  nowMs: number,
): Promise<OverviewAnswer> {
  return {
    counts: await readCounts(connection, nowMs),
    lastMinute: await readLastMinute(connection, nowMs),
    lastHour: await readLastHour(connection, nowMs),
    stuck: await readStuck(connection, nowMs),
  };
}

async function readCounts(connection: DuckDBConnection, nowMs: number) {
  const parameters = new Parameters();
  const fitting = selectFitting({}, nowMs, parameters);
  const sql = `SELECT service, status, count(*) AS n FROM ${fitting} GROUP BY ALL ORDER BY ALL`;
  const rows = await readRows(connection, sql, parameters.values);
  return rows.map(({ service, status, n }) => ({
    service: String(service),
    status: status as ShownStatus,
    count: Number(n),
  }));
}

async function readLastMinute(connection: DuckDBConnection, nowMs: number) {
  const [row] = await readRows(
    connection,
    `SELECT count(*) FILTER (result = 'success') AS succeeded,
        count(*) FILTER (result = 'failure') AS failed
      FROM ${HEADERS} WHERE completed_at >= $1`,
    [nowMs - MINUTE_MS],
  );
  return { succeeded: Number(row?.succeeded ?? 0), failed: Number(row?.failed ?? 0) };
}

async function readLastHour(connection: DuckDBConnection, nowMs: number) {
  const last = Math.floor(nowMs / MINUTE_MS);
  const first = last - MINUTES + 1;
  const started = await countByMinute(connection, "created_at", "true", first);
  const succeeded = await countByMinute(connection, "completed_at", "result = 'success'", first);
  const failed = await countByMinute(connection, "completed_at", "result = 'failure'", first);
  return Array.from({ length: MINUTES }, (_, i) => ({
    at: (first + i) * MINUTE_MS,
    started: started.get(first + i) ?? 0,
    succeeded: succeeded.get(first + i) ?? 0,
    failed: failed.get(first + i) ?? 0,
  }));
}

async function countByMinute(
  connection: DuckDBConnection,
  column: "created_at" | "completed_at",
  condition: string,
  first: number,
): Promise<ReadonlyMap<number, number>> {
  const sql = `SELECT floor(${column} / ${MINUTE_MS}) AS minute, count(*) AS n FROM ${HEADERS}
    WHERE ${column} >= $1 AND ${condition} GROUP BY minute`;
  const rows = await readRows(connection, sql, [first * MINUTE_MS]);
  return new Map(rows.map(({ minute, n }) => [Number(minute), Number(n)]));
}

/** An unknown service is told apart from other failures by the documented code. */
const KIND = `CASE
  WHEN status = 'paused' THEN 'paused'
  WHEN last_doc_code = 'RT0011' AND status IN ('backing-off', 'ready') THEN 'unknown-service'
  WHEN status = 'backing-off' THEN 'backing-off'
  WHEN status = 'pending' AND state = 'inboxed' THEN 'locked-key'
  WHEN status = 'pending' THEN 'waiting-for-slot' END`;

async function readStuck(connection: DuckDBConnection, nowMs: number) {
  const parameters = new Parameters();
  const fitting = selectFitting(
    { status: ["paused", "backing-off", "ready", "pending"] },
    nowMs,
    parameters,
  );
  const since = parameters.add(nowMs - STUCK_AFTER_MS);
  const why = `CASE kind
    WHEN 'locked-key' THEN 'another invocation holds its key'
    WHEN 'waiting-for-slot' THEN 'no slot is free of ' || coalesce(nullif(waiting_for, ''), 'its concurrency limit')
    ELSE coalesce('[' || fault_code || '] ' || ${FAULT_LINE}, CASE kind WHEN 'paused' THEN 'an operator has paused it'
        ELSE 'its last failure is not known' END) END`;
  const sql = `SELECT kind, service, ${why} AS why, count(*) AS n, min(modified_at) AS since,
      ${SAMPLES} AS samples
    FROM (SELECT *, ${KIND} AS kind FROM ${fitting})
    WHERE kind IS NOT NULL
      AND (kind NOT IN ('locked-key', 'waiting-for-slot') OR modified_at <= ${since})
    GROUP BY ALL ORDER BY n DESC, since LIMIT ${STUCK_MAX}`;
  const rows = await readRows(connection, sql, parameters.values);
  return rows.map((row) => ({
    kind: row.kind as StuckKind,
    service: String(row.service),
    why: String(row.why),
    count: Number(row.n),
    since: Number(row.since),
    sampleIds: row.samples as string[],
  }));
}
