/** Rows of SQL as a table. */
import type { Colours } from "./colours.ts";
import { formatTable } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

/** The columns in the order in which they first turn up; what is null is empty. */
export function renderRows(rows: readonly Row[], colours: Colours): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return "";
  const cells = rows.map((row) => columns.map((column) => formatValue(row[column])));
  return formatTable(columns, cells, colours);
}

function formatValue(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.replaceAll("\n", "\\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
