/** Tables and blocks of names and values, as text. Each ends with a newline. */
import Table from "cli-table3";
import stringWidth from "string-width";
import type { Colours } from "./colours.ts";

type Cell = string | number;

const GAP = "  ";

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
  middle: GAP,
};

const STYLE = { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true };

/**
 * A table with a line of column names above. There may be a hundred thousand rows, for which a library
 * that lays out cells in both directions takes minutes: here each row is laid out by itself.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: Colours,
): string {
  const cells = [head.map((name) => colours.bold(name)), ...rows.map((row) => row.map(String))];
  const widths = head.map((_name, column) =>
    cells.reduce((width, row) => Math.max(width, widthOf(row[column] ?? "")), 0),
  );
  return cells.map((row) => formatRow(row, widths)).join("");
}

/** A cell may have several lines. */
function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell) => cell.split("\n"));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, line) =>
    widths.map((width, column) => {
      const text = cells[column]?.[line] ?? "";
      return text + " ".repeat(Math.max(0, width - stringWidth(text)));
    }),
  );
  return lines.map((parts) => `${parts.join(GAP).trimEnd()}\n`).join("");
}

/** Columns of a terminal, of the widest line. */
function widthOf(cell: string): number {
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
