/** How many invocations fit a filter, by what they have in common. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ShownStatus } from "../mirror/filter.ts";
import {
  FAILURE_CHARS,
  type GroupBy,
  type InvocationGroup,
  SAMPLE_IDS,
  type SummaryAnswer,
  type SummaryQuestion,
} from "../mirror/questions.ts";
import { readRows } from "./database.ts";
import { Parameters, selectFitting } from "./where.ts";

/** The first line of a failure, as it is shown and compared. */
export const FAULT_LINE = `substr(split_part(fault, chr(10), 1), 1, ${FAILURE_CHARS})`;

/** Some ids, without keeping all of them. */
export const SAMPLES = `min(id, ${SAMPLE_IDS})`;

const COLUMNS: Readonly<Record<GroupBy, readonly string[]>> = {
  status: ["status"],
  service: ["service"],
  handler: ["handler"],
  failure: [`${FAULT_LINE} AS failure`, "fault_code"],
  parent: ["parent_id"],
};

export async function answerSummary(
  connection: DuckDBConnection,
  question: SummaryQuestion,
  nowMs: number,
): Promise<SummaryAnswer> {
  const parameters = new Parameters();
  const fitting = selectFitting(question.filter, nowMs, parameters);
  const columns = question.groupBy.flatMap((by) => COLUMNS[by]);
  const sql = `SELECT ${columns.map((column) => `${column},`).join(" ")} count(*) AS n, min(created_at) AS oldest_created,
      min(modified_at) AS oldest_modified, ${SAMPLES} AS samples,
      sum(count(*)) OVER () AS total
    FROM ${fitting} GROUP BY ALL ORDER BY n DESC, oldest_created LIMIT ${question.limit + 1}`;
  // Without anything to group by there is one row, even of nothing.
  const rows = (await readRows(connection, sql, parameters.values)).filter(({ n }) => n !== 0n);
  return {
    groups: rows.slice(0, question.limit).map((row) => toGroup(row, question.groupBy)),
    total: Number(rows[0]?.total ?? 0),
    isTruncated: rows.length > question.limit,
  };
}

function toGroup(row: Record<string, unknown>, groupBy: readonly GroupBy[]): InvocationGroup {
  const own: Record<string, unknown> = {};
  for (const by of groupBy) {
    if (by === "parent") own.parent = row.parent_id;
    else own[by] = row[by];
    if (by === "failure") own.failureCode = row.fault_code;
  }
  for (const name of Object.keys(own)) if (own[name] === null) delete own[name];
  return {
    ...(own as { status?: ShownStatus }),
    count: Number(row.n),
    oldestCreatedAt: Number(row.oldest_created),
    oldestModifiedAt: Number(row.oldest_modified),
    sampleIds: row.samples as string[],
  };
}
