/** Tables in Markdown, aligned for the eye: they go from a terminal to a document as they are. */

/** The first columns with text are aligned to the left, those with figures to the right. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string {
  const widths = header.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
  };
  const rule = widths.map((width, column) =>
    column < textColumns ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const lines = [
    header.map(pad),
    rule,
    ...rows.map((row) => header.map((_, i) => pad(row[i] ?? "", i))),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** About three digits; an empty cell for what is not known. */
export function formatFigure(value: number | undefined): string {
  if (value === undefined) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function formatMib(bytes: number | undefined): string {
  return bytes === undefined ? "" : formatFigure(Math.round(bytes / 2 ** 20));
}

export function formatCount(value: number | undefined): string {
  return value === undefined ? "" : Math.round(value).toLocaleString("en-US");
}
