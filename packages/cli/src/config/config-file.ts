/** The configuration file: TOML, with every mistake named by its line. */
import { parse, TomlError } from "smol-toml";
import type { CliError } from "../cli-error.ts";
import { configError } from "./config-error.ts";
import { nearest } from "./nearest.ts";

/** A value of the file, and where it stands. */
export interface FileValue {
  readonly value: unknown;
  readonly line: number | undefined;
}

/** The values by the names of their options, such as `limits.attempts-max`; `known` has them all. */
export function parseConfigFile(
  file: string,
  text: string,
  known: ReadonlySet<string>,
): ReadonlyMap<string, FileValue> {
  const values = new Map<string, FileValue>();
  for (const [name, value] of flatten(parseToml(file, text), known)) {
    const line = lineOf(text, name);
    if (!known.has(name)) throw unknownKey(placeOf(file, line), name, known);
    values.set(name, { value, line });
  }
  return values;
}

/** `rejoin.toml, line 3` */
export function placeOf(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}, line ${line}`;
}

function parseToml(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n");
    const reason = first.replace(/^Invalid TOML document: /, "");
    throw configError(`${placeOf(file, error.line)}: this is no TOML: ${reason}`, {
      cause: error,
    });
  }
}

/** A table is opened if options are in it; else it stands for itself, and is refused. */
function* flatten(
  table: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  prefix = "",
): Generator<readonly [name: string, value: unknown]> {
  for (const [key, value] of Object.entries(table)) {
    const name = prefix + key;
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
    const hasOptions = [...known].some((option) => option.startsWith(`${name}.`));
    if (isTable && hasOptions) {
      yield* flatten(value as Readonly<Record<string, unknown>>, known, `${name}.`);
    } else {
      yield [name, value];
    }
  }
}

function unknownKey(place: string, name: string, known: ReadonlySet<string>): CliError {
  const guess = nearest(name, [...known]);
  const hint =
    guess === undefined
      ? "`rejoin server --dump-config` prints every key there is"
      : `did you mean ${guess}?`;
  return configError(`${place}: unknown key ${name}`, { hint });
}

/** The parser keeps no positions, so they are looked up: the first line that assigns `name`. */
function lineOf(text: string, name: string): number | undefined {
  let table = "";
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    const key = /^\s*([\w."'\s-]+?)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = plain(header);
    const here = key === undefined ? table : [table, plain(key)].filter(Boolean).join(".");
    const isFound = key === undefined ? header !== undefined && here === name : holds(here, name);
    if (isFound) return index + 1;
  }
  return undefined;
}

/** An inline table is assigned where its members are. */
function holds(assigned: string, name: string): boolean {
  return assigned === name || name.startsWith(`${assigned}.`);
}

function plain(key: string): string {
  return key.replace(/["'\s]/g, "");
}
