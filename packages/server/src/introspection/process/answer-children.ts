/** What an invocation has called: a page of it, and how far all of it is. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ChildrenAnswer, ChildrenQuestion } from "../mirror/questions.ts";
import { FAULT_LINE, SAMPLES } from "./answer-summary.ts";
import { readRows } from "./database.ts";
import { Parameters, selectFitting } from "./where.ts";

const FAILURES_MAX = 20;

export async function answerChildren(
  connection: DuckDBConnection,
  question: ChildrenQuestion,
  nowMs: number,
): Promise<ChildrenAnswer> {
  // All that follows is of its children: with them aside, it costs the same whatever else there is.
  const parameters = new Parameters();
  const fitting = selectFitting({ parent: question.parent }, nowMs, parameters);
  const kept = "id, status, call_id, created_at, completed_at, result, fault, fault_code";
  const create = `CREATE OR REPLACE TEMP TABLE children AS SELECT ${kept} FROM ${fitting}`;
  await connection.run(create, parameters.values);
  try {
    return {
      ...(await readPage(connection, question)),
      summary: await readSummary(connection, nowMs),
      failures: await readFailures(connection),
    };
  } finally {
    await connection.run("DROP TABLE IF EXISTS temp.main.children");
  }
}

async function readPage(
  connection: DuckDBConnection,
  { status, failed, limit, after }: ChildrenQuestion,
): Promise<Pick<ChildrenAnswer, "ids" | "next">> {
  const parameters = new Parameters();
  const conditions = ["true"];
  if (status !== undefined) {
    conditions.push(`status IN (${status.map((one) => parameters.add(one)).join(", ")})`);
  }
  if (failed !== undefined) {
    conditions.push(`(result IS NOT DISTINCT FROM 'failure') = ${failed}`);
  }
  if (after !== undefined) {
    const place = [after.createdAt, after.callId, after.id].map((value) => parameters.add(value));
    conditions.push(`(created_at, call_id, id) > (${place.join(", ")})`);
  }
  const sql = `SELECT id, created_at, call_id FROM children WHERE ${conditions.join(" AND ")}
    ORDER BY created_at, call_id, id LIMIT ${limit + 1}`;
  const rows = await readRows(connection, sql, parameters.values);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    ids: page.map(({ id }) => String(id)),
    next: hasMore
      ? { createdAt: Number(last.created_at), callId: Number(last.call_id), id: String(last.id) }
      : undefined,
  };
}

async function readSummary(
  connection: DuckDBConnection,
  nowMs: number,
): Promise<ChildrenAnswer["summary"]> {
  const counts = await readRows(
    connection,
    "SELECT status, count(*) AS n FROM children GROUP BY status ORDER BY status",
  );
  const [row] = await readRows(
    connection,
    `SELECT count(*) AS total, count(*) FILTER (result = 'success') AS succeeded,
        count(*) FILTER (result = 'failure') AS failed, min(created_at) AS started,
        max(completed_at) AS last_completed,
        count(*) FILTER (completed_at >= $1 - 10000) AS last10,
        count(*) FILTER (completed_at >= $1 - 60000) AS last60
      FROM children`,
    [nowMs],
  );
  return {
    total: Number(row?.total ?? 0),
    byStatus: Object.fromEntries(counts.map(({ status, n }) => [status, Number(n)])),
    succeeded: Number(row?.succeeded ?? 0),
    failed: Number(row?.failed ?? 0),
    startedAt: numberOr(row?.started),
    lastCompletedAt: numberOr(row?.last_completed),
    completedLast10s: Number(row?.last10 ?? 0),
    completedLast60s: Number(row?.last60 ?? 0),
  };
}

async function readFailures(connection: DuckDBConnection): Promise<ChildrenAnswer["failures"]> {
  const sql = `SELECT ${FAULT_LINE} AS message, fault_code, count(*) AS n, ${SAMPLES} AS samples
    FROM children WHERE result = 'failure' GROUP BY ALL ORDER BY n DESC, message
    LIMIT ${FAILURES_MAX}`;
  const rows = await readRows(connection, sql);
  return rows.map((row) => ({
    message: String(row.message),
    code: Number(row.fault_code),
    count: Number(row.n),
    sampleIds: row.samples as string[],
  }));
}

function numberOr(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
