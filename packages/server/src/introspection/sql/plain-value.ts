/** The values of DuckDB, reduced to what an answer tells apart. */
import type { DuckDBValue } from "@duckdb/node-api";
import type { DuckDb } from "../process/database.ts";

export type PlainValue =
  | { readonly kind: "null" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "integer"; readonly integer: bigint }
  | { readonly kind: "boolean"; readonly boolean: boolean }
  | { readonly kind: "instant"; readonly micros: bigint }
  | {
      readonly kind: "duration";
      readonly months: number;
      readonly days: number;
      readonly micros: bigint;
    }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "list"; readonly items: readonly DuckDBValue[] };

const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;

export function toPlain(duckdb: DuckDb, value: DuckDBValue): PlainValue {
  if (value === null || value === undefined) return { kind: "null" };
  switch (typeof value) {
    case "string":
      return { kind: "text", text: value };
    case "number":
      return { kind: "number", number: value };
    case "bigint":
      return { kind: "integer", integer: value };
    case "boolean":
      return { kind: "boolean", boolean: value };
    default:
      return ofObject(duckdb, value);
  }
}

function ofObject(duckdb: DuckDb, value: object): PlainValue {
  if (
    value instanceof duckdb.DuckDBTimestampTZValue ||
    value instanceof duckdb.DuckDBTimestampValue
  ) {
    return { kind: "instant", micros: value.micros };
  }
  if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) {
    return { kind: "instant", micros: value.millis * 1000n };
  }
  if (value instanceof duckdb.DuckDBIntervalValue) {
    const { months, days, micros } = value;
    return { kind: "duration", months, days, micros };
  }
  if (value instanceof duckdb.DuckDBBlobValue) return { kind: "bytes", bytes: value.bytes };
  if (value instanceof duckdb.DuckDBDecimalValue)
    return { kind: "number", number: value.toDouble() };
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
    return { kind: "list", items: value.items };
  }
  return { kind: "text", text: String(value) };
}

/** A month has thirty days. */
export function toDurationMs(duration: Extract<PlainValue, { readonly kind: "duration" }>): number {
  const days = duration.months * MONTH_DAYS + duration.days;
  return days * DAY_MS + Number(duration.micros) / 1000;
}
