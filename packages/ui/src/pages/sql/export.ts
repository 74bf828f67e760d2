/** Rows for other programs. */

export type SqlRow = Readonly<Record<string, unknown>>;

/** The columns of all rows, in the order in which they appear: what is null in a row is absent there. */
export function columnsOf(rows: readonly SqlRow[]): readonly string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

export function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Comma-separated values, for spreadsheets: what they would take for a formula stays text. */
export function toCsv(rows: readonly SqlRow[]): string {
  const columns = columnsOf(rows);
  const lines = rows.map((row) => columns.map((name) => csvCell(row[name])).join(","));
  return [columns.map(csvCell).join(","), ...lines].join("\r\n");
}

function csvCell(value: unknown): string {
  const text = cellText(value);
  const isFormula = typeof value === "string" && /^[=+\-@\t\r]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
