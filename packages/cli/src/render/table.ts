/** Tables and blocks of names and values, as text. Each ends with a newline. */
import Table from "cli-table3";
import stringWidth from "string-width";
import type { Colours } from "./colours.ts";

type Cell = string | number;

/** No lines: columns stay easy to read, to copy and to cut. */
const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

const STYLE = { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true };

/** The library lays out a table in quadratic time: a long one is put together of short ones. */
const CHUNK_ROWS = 20;

/** A table with a line of column names above. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: Colours,
): string {
  const cells = rows.map((row) => row.map(String));
  const colWidths = head.map((name, column) =>
    cells.reduce((width, row) => Math.max(width, widthOf(row[column])), widthOf(name)),
  );
  const lines: string[] = [];
  for (let start = 0; start === 0 || start < cells.length; start += CHUNK_ROWS) {
    const table = new Table({
      ...(start === 0 ? { head: head.map((name) => colours.bold(name)) } : {}),
      chars: NO_LINES,
      style: STYLE,
      colWidths,
    });
    for (const row of cells.slice(start, start + CHUNK_ROWS)) table.push(row);
    lines.push(trimLines(table.toString()));
  }
  return lines.join("");
}

/** On a terminal, of the widest line. */
function widthOf(cell: string | undefined): number {
  if (cell === undefined) return 0;
  if (!cell.includes("\n")) return stringWidth(cell);
  return Math.max(...cell.split("\n").map((line) => stringWidth(line)));
}

/** Names and values, one a line; those that are `undefined` are left out. */
export function formatFields(
  fields: readonly (readonly [name: string, value: Cell | undefined])[],
  colours: Colours,
): string {
  const table = new Table({ chars: NO_LINES, style: STYLE });
  for (const [name, value] of fields) {
    if (value !== undefined) table.push([colours.dim(name), String(value)]);
  }
  return trimLines(table.toString());
}

/** The text moved to the right. */
export function indent(text: string, width = 2): string {
  return text.replace(/^(?=.)/gm, " ".repeat(width));
}

/** The last column is padded too; nobody wants those spaces. */
function trimLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  return `${lines.join("\n")}\n`;
}
