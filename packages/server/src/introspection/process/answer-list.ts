/** A page of the invocations that fit a filter: their ids. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ListAnswer, ListCursor, ListQuestion } from "../mirror/questions.ts";
import { readRows } from "./database.ts";
import { HEADERS } from "./header-table.ts";
import { Parameters, selectFitting } from "./where.ts";

export async function answerList(
  connection: DuckDBConnection,
  question: ListQuestion,
  nowMs: number,
): Promise<ListAnswer> {
  const { filter, order, limit, after } = question;
  const parameters = new Parameters();
  const fitting = selectFitting(filter, nowMs, parameters);
  const direction = order === "newest" ? "DESC" : "ASC";
  const from = after === undefined ? undefined : await placeOf(connection, after);
  const beyond = from === undefined ? "" : `WHERE ${isBeyond(from, order, parameters)}`;
  const sql = `SELECT id, created_at FROM ${fitting} ${beyond}
    ORDER BY created_at ${direction}, id ${direction} LIMIT ${limit + 1}`;
  const rows = (await readRows(connection, sql, parameters.values)) as {
    id: string;
    created_at: number;
  }[];
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    ids: page.map(({ id }) => id),
    next: hasMore ? { createdAt: last.created_at, id: last.id } : undefined,
    total: question.total ? await countFitting(connection, question, nowMs) : undefined,
  };
}

async function countFitting(
  connection: DuckDBConnection,
  { filter }: ListQuestion,
  nowMs: number,
): Promise<number> {
  const parameters = new Parameters();
  const fitting = selectFitting(filter, nowMs, parameters);
  const [row] = await readRows(
    connection,
    `SELECT count(*) AS n FROM ${fitting}`,
    parameters.values,
  );
  return Number(row?.n ?? 0);
}

/** An id alone may be a cursor: as long as its invocation is there. */
async function placeOf(connection: DuckDBConnection, after: ListCursor): Promise<ListCursor> {
  if (after.createdAt !== undefined) return after;
  const sql = `SELECT created_at FROM ${HEADERS} WHERE id = $1`;
  const [row] = await readRows(connection, sql, [after.id]);
  return { id: after.id, createdAt: row === undefined ? undefined : Number(row.created_at) };
}

function isBeyond(
  { createdAt, id }: ListCursor,
  order: "newest" | "oldest",
  parameters: Parameters,
): string {
  if (createdAt === undefined) return "false";
  const sign = order === "newest" ? "<" : ">";
  const at = parameters.add(createdAt);
  return `(created_at ${sign} ${at} OR (created_at = ${at} AND id ${sign} ${parameters.add(id)}))`;
}
