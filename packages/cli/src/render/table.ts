/** Tables and blocks of names and values, as text. Each ends with a newline. */
import Table from "cli-table3";
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

/** A table with a line of column names above. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: Colours,
): string {
  const table = new Table({
    head: head.map((name) => colours.bold(name)),
    chars: NO_LINES,
    style: STYLE,
  });
  for (const row of rows) table.push(row.map(String));
  return trimLines(table.toString());
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
