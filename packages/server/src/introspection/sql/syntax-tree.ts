/**
 * What a statement is made of, from the tree that DuckDB's own parser gives: the tables that it reads
 * and how they are narrowed, the columns and the functions that it names.
 *
 * The tree is looked at and never written back: the few changes that a statement needs are made in
 * its text.
 */

/** A part of the tree. */
export type Node = Readonly<Record<string, unknown>>;

export interface TableReference {
  readonly name: string;
  readonly schema: string;
  readonly catalog: string;
  /** Its place in the text, in bytes. */
  readonly at: number;
  /** What the WHERE around it demands, by column: one of these values. */
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

export interface FunctionReference {
  readonly name: string;
  readonly at: number;
}

export interface Statement {
  readonly tables: readonly TableReference[];
  /** Names that the statement gives to queries of its own. */
  readonly ownNames: ReadonlySet<string>;
  readonly tableFunctions: readonly string[];
  readonly functions: readonly FunctionReference[];
  readonly columns: ReadonlySet<string>;
  /** It asks for all columns of something. */
  readonly hasStar: boolean;
  /** Kinds of table references that no query needs. */
  readonly others: readonly string[];
}

interface Found {
  readonly tables: TableReference[];
  readonly ownNames: Set<string>;
  readonly tableFunctions: string[];
  readonly functions: FunctionReference[];
  readonly columns: Set<string>;
  readonly others: string[];
  hasStar: boolean;
}

type Filters = ReadonlyMap<string, readonly string[]>;

/** Table references that are made of others, or of nothing. */
const INNER_KINDS = new Set(["JOIN", "SUBQUERY", "EMPTY", "EXPRESSION_LIST", "TABLE_FUNCTION"]);
const NO_FILTERS: Filters = new Map();

export function readStatement(root: Node): Statement {
  const found: Found = {
    tables: [],
    ownNames: new Set(),
    tableFunctions: [],
    functions: [],
    columns: new Set(),
    others: [],
    hasStar: false,
  };
  visit(root, found, NO_FILTERS);
  return found;
}

function visit(value: unknown, found: Found, filters: Filters): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, found, filters);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const node = value as Node;
  note(node, found, filters);
  const inner = node.type === "SELECT_NODE" ? filtersOf(node.where_clause) : filters;
  for (const [name, child] of Object.entries(node)) {
    // What narrows a SELECT narrows the tables of its own FROM, not those of its subqueries.
    // The call of a table function is no call of the function of its name.
    if (node.type === "TABLE_FUNCTION" && name === "function") {
      visit((child as Node).children, found, NO_FILTERS);
      continue;
    }
    visit(child, found, reaches(node, name) ? inner : NO_FILTERS);
  }
}

/** Whether what all rows of the whole must meet, those of this part may be narrowed by. */
function reaches({ type, join_type, ref_type }: Node, part: string): boolean {
  if (part === "from_table") return true;
  if (type !== "JOIN" || (part !== "left" && part !== "right")) return false;
  if (!WHOLE_JOINS.has(text(join_type))) return part === "left" && HALF_JOINS.has(text(join_type));
  if (WHOLE_REFERENCES.has(text(ref_type))) return true;
  // It takes the nearest row of the right: without some of them, it would take others.
  return part === "left" && text(ref_type) === "asof";
}

/** A row that does not meet the condition is in no row of the join that does. */
const WHOLE_JOINS = new Set(["inner", "left", "right", "full"]);
const WHOLE_REFERENCES = new Set(["regular", "natural", "cross"]);
/** The condition cannot speak of the right side, whose rows only decide about those of the left. */
const HALF_JOINS = new Set(["semi", "anti"]);

function note(node: Node, found: Found, filters: Filters): void {
  if (node.type === "BASE_TABLE") found.tables.push(toTable(node, filters));
  else if (node.type === "TABLE_FUNCTION") noteTableFunction(node, found);
  else if (isTableReference(node) && !INNER_KINDS.has(String(node.type))) {
    found.others.push(String(node.type));
  }
  if (node.class === "FUNCTION") {
    found.functions.push({ name: text(node.function_name), at: Number(node.query_location) });
  } else if (node.class === "COLUMN_REF") found.columns.add(lastName(node));
  else if (node.class === "STAR") found.hasStar = true;
  if ("cte_map" in node) noteOwnNames(node.cte_map, found);
}

function isTableReference(node: Node): boolean {
  return "sample" in node && "alias" in node && typeof node.type === "string" && !("class" in node);
}

function noteTableFunction(node: Node, found: Found): void {
  const called = node.function as Node | undefined;
  found.tableFunctions.push(text(called?.function_name));
}

function noteOwnNames(map: unknown, found: Found): void {
  const entries = (map as { readonly map?: readonly { readonly key?: unknown }[] } | null)?.map;
  for (const { key } of entries ?? []) found.ownNames.add(text(key));
}

/** A demand counts for the table that it names, or for any if it names none. */
function toTable(node: Node, all: Filters): TableReference {
  const name = text(node.table_name);
  const alias = text(node.alias) || name;
  const filters = new Map<string, readonly string[]>();
  for (const [column, values] of all) {
    const [qualifier = "", own = ""] = column.split(SEPARATOR);
    if (qualifier === "" || qualifier === alias) filters.set(own, values);
  }
  return {
    name,
    schema: text(node.schema_name),
    catalog: text(node.catalog_name),
    at: Number(node.query_location),
    filters,
  };
}

/** The demands of a condition that all rows must meet: `a = 'x'` and `a IN ('x', 'y')`. */
function filtersOf(condition: unknown): Filters {
  const filters = new Map<string, readonly string[]>();
  for (const part of conjuncts(condition as Node | null)) {
    const demand = demandOf(part);
    if (demand !== undefined && !filters.has(demand.column)) {
      filters.set(demand.column, demand.values);
    }
  }
  return filters;
}

function* conjuncts(node: Node | null | undefined): Generator<Node> {
  if (node === null || node === undefined) return;
  if (node.type === "CONJUNCTION_AND") {
    for (const child of node.children as readonly Node[]) yield* conjuncts(child);
  } else yield node;
}

function demandOf(node: Node) {
  if (node.type === "COMPARE_EQUAL") {
    const { left, right } = node as { readonly left: Node; readonly right: Node };
    return demand(left, [right]) ?? demand(right, [left]);
  }
  if (node.type !== "COMPARE_IN") return undefined;
  const [column, ...values] = node.children as readonly Node[];
  return column === undefined ? undefined : demand(column, values);
}

function demand(column: Node, constants: readonly Node[]) {
  if (column.class !== "COLUMN_REF") return undefined;
  const values = constants.map(textConstant);
  if (!values.every((value) => value !== undefined)) return undefined;
  return { column: qualifiedName(column), values };
}

function textConstant(node: Node): string | undefined {
  if (node.type !== "VALUE_CONSTANT") return undefined;
  const { value } = node.value as { readonly value?: unknown };
  return typeof value === "string" ? value : undefined;
}

/** Between a qualifier and a name: no name holds it. */
const SEPARATOR = "\u0000";

function qualifiedName(node: Node): string {
  const names = (node.column_names as readonly unknown[]).map(text);
  return `${names.at(-2) ?? ""}${SEPARATOR}${names.at(-1) ?? ""}`;
}

function lastName(node: Node): string {
  const names = node.column_names as readonly unknown[];
  return text(names.at(-1));
}

/** DuckDB's names know no case. */
function text(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}
