/**
 * Takes a statement apart, says why it is not taken, and gives the text that is run.
 *
 * A statement is one SELECT over the tables that there are. What other SQL engines of this ecosystem
 * write differently is rewritten: qualified names of tables, and two aggregate functions.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { readRows } from "../process/database.ts";
import { Refused } from "../process/refused.ts";
import { type Node, readStatement, type Statement, type TableReference } from "./syntax-tree.ts";
import { SQL_TABLES } from "./tables.ts";

export interface ParsedStatement {
  readonly statement: Statement;
  /** What is run. */
  readonly text: string;
  /** The tables that it reads, without its own names. */
  readonly tables: readonly TableReference[];
}

const STATEMENT_CHARS_MAX = 128 * 1024;
/** DuckDB's own bound is set a little higher, and counts more than brackets. */
const NESTING_MAX = 100;
const SET_OPERATIONS_MAX = 200;
const SCHEMAS = new Set(["", "public"]);
const CATALOGS = new Set(["", "restate"]);
/** Of `information_schema`: our tables as rows. */
export const INFORMATION = ["columns", "tables", "schemata"] as const;
export const INFORMATION_PREFIX = "information_schema_";
/** Functions that read nothing but what they are given. */
const TABLE_FUNCTIONS = new Set(["unnest", "generate_series", "range", "json_each", "json_tree"]);
/** What they are called elsewhere, as an aggregate. */
const FUNCTION_NAMES: ReadonlyMap<string, string> = new Map([
  ["first_value", "first"],
  ["last_value", "last"],
]);
/** They show, or change, more than the tables; or one call takes as much memory as it is told to. */
const FORBIDDEN_FUNCTIONS = new Set([
  "repeat",
  "lpad",
  "rpad",
  "range",
  "generate_series",
  "list_resize",
  "array_resize",
  "format",
  "printf",
  "bitstring",
  "write_log",
  "getvariable",
  "current_setting",
  "nextval",
  "currval",
  "parse_path",
  "json_serialize_sql",
  "json_deserialize_sql",
]);
const EXPLAIN = /^\s*explain\s+(analyze\s+)?/i;
const SHOW_TABLES = /^\s*show\s+tables\s*;?\s*$/i;
const DESCRIBE = /^\s*(?:describe|show\s+columns\s+(?:from|in))\s+"?([a-z_]+)"?\s*;?\s*$/i;

export async function parseStatement(
  connection: DuckDBConnection,
  written: string,
): Promise<ParsedStatement> {
  checkSize(written);
  const meant = rephrase(written);
  const prefix = EXPLAIN.exec(meant)?.[0] ?? "";
  const body = meant.slice(prefix.length);
  const statement = readStatement(await toTree(connection, body));
  checkFunctions(statement);
  checkOwnNames(statement);
  const tables = statement.tables.filter(({ name, schema }) => {
    return schema !== "" || !statement.ownNames.has(name);
  });
  for (const table of tables) checkTable(table);
  return { statement, text: prefix + rewrite(body, statement, tables), tables };
}

function checkSize(text: string): void {
  if (text.length > STATEMENT_CHARS_MAX) {
    throw refusal(`the statement has ${text.length} characters; at most ${STATEMENT_CHARS_MAX}`);
  }
  let depth = 0;
  for (const char of text) {
    if (char === "(" || char === "[") depth += 1;
    else if (char === ")" || char === "]") depth -= 1;
    if (depth > NESTING_MAX) throw refusal(`the statement is nested deeper than ${NESTING_MAX}`);
  }
  const operations = text.match(/\b(union|except|intersect|case|not)\b/gi)?.length ?? 0;
  if (operations > SET_OPERATIONS_MAX) {
    const words = "UNION, EXCEPT, INTERSECT, CASE and NOT";
    throw refusal(`the statement has ${operations} of ${words}; at most ${SET_OPERATIONS_MAX}`);
  }
}

/** Statements about the tables, as a SELECT. */
function rephrase(text: string): string {
  if (SHOW_TABLES.test(text)) return "SELECT * FROM information_schema.tables";
  const described = DESCRIBE.exec(text)?.[1];
  if (described === undefined) return text;
  return `SELECT column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_name = '${described.toLowerCase()}' ORDER BY ordinal_position`;
}

async function toTree(connection: DuckDBConnection, text: string): Promise<Node> {
  const [row] = await readRows(connection, "SELECT json_serialize_sql($1::VARCHAR) AS tree", [
    text,
  ]);
  const tree = JSON.parse(String(row?.tree)) as {
    readonly error: boolean;
    readonly error_type?: string;
    readonly error_message?: string;
    readonly position?: string;
    readonly statements?: readonly Node[];
  };
  if (tree.error) {
    if (tree.error_type === "not implemented") throw refusal("only SELECT statements are taken");
    if (tree.error_message?.includes("Max expression depth") === true) {
      throw refusal("the statement is nested too deeply");
    }
    const at = tree.position === undefined ? "" : `, at character ${Number(tree.position) + 1}`;
    throw refusal(`${tree.error_message}${at}`);
  }
  const [statement, second] = tree.statements ?? [];
  if (statement === undefined) throw refusal("the statement is empty");
  if (second !== undefined) throw refusal("only one statement at a time is taken");
  return statement;
}

function checkFunctions({ tableFunctions, functions, others }: Statement): void {
  for (const name of tableFunctions) {
    if (!TABLE_FUNCTIONS.has(name)) throw refusal(`there is no table function ${name}`);
  }
  for (const { name } of functions) {
    if (FORBIDDEN_FUNCTIONS.has(name)) throw refusal(`the function ${name} cannot be used`);
  }
  const [other] = others;
  if (other !== undefined) throw refusal(`a statement cannot have a ${other.toLowerCase()}`);
}

/** A name counts in the whole statement, also where it would mean a table that is none of the SQL API. */
function checkOwnNames({ ownNames }: Statement): void {
  for (const name of ownNames) {
    if (INTERNAL.test(name)) throw refusal(`a query cannot be called ${name}: choose another name`);
  }
}

/** Tables of the mirror, and what DuckDB says of itself. */
const INTERNAL = /^(?:headers|changed|compacted|in_flight|duckdb_.*|pg_.*|sqlite_.*|pragma_.*)$/i;

function checkTable({ name, schema, catalog }: TableReference): void {
  const isOwn = CATALOGS.has(catalog) && SCHEMAS.has(schema) && Object.hasOwn(SQL_TABLES, name);
  if (isOwn || isInformation(schema, name)) return;
  const known = Object.keys(SQL_TABLES).join(", ");
  const full = [catalog, schema, name].filter((part) => part !== "").join(".");
  throw refusal(`there is no table ${full}; the tables are ${known}`);
}

function isInformation(schema: string, name: string): boolean {
  return schema === "information_schema" && INFORMATION.some((known) => known === name);
}

interface Edit {
  readonly at: number;
  readonly pattern: RegExp;
  readonly to: string;
}

const NAME = String.raw`(?:"[^"]*"|[A-Za-z_][\w$]*)`;
const QUALIFIED = new RegExp(String.raw`^${NAME}(?:\s*\.\s*${NAME}){1,2}`);

/** Places are counted in bytes. */
function rewrite(text: string, statement: Statement, tables: readonly TableReference[]): string {
  const edits: Edit[] = [];
  for (const { name, schema, at } of tables) {
    if (schema === "") continue;
    const to = schema === "information_schema" ? INFORMATION_PREFIX + name : `"${name}"`;
    edits.push({ at, pattern: QUALIFIED, to });
  }
  for (const { name, at } of statement.functions) {
    const to = FUNCTION_NAMES.get(name);
    if (to !== undefined) edits.push({ at, pattern: new RegExp(`^"?${name}"?`, "i"), to });
  }
  let bytes: Buffer<ArrayBufferLike> = Buffer.from(text);
  // From the end, so that the places before stay as they are.
  for (const { at, pattern, to } of edits.sort((a, b) => b.at - a.at)) {
    const rest = bytes.subarray(at).toString();
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(rest.replace(pattern, to))]);
  }
  return bytes.toString();
}

function refusal(message: string): Refused {
  return new Refused("statement", message);
}
