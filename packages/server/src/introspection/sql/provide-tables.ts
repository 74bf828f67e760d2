/** Makes the tables that a statement reads, on its connection. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { InFlight, ProcessLimits, RegistryFacts } from "../mirror/messages.ts";
import { CATALOG, type Database, SCHEMA } from "../process/database.ts";
import { refreshInFlight } from "../process/in-flight.ts";
import { Refused } from "../process/refused.ts";
import { createView } from "./invocation-views.ts";
import { INFORMATION_PREFIX, type ParsedStatement } from "./parse-statement.ts";
import type { RemoteReads } from "./remote-reads.ts";
import type { TableReference } from "./syntax-tree.ts";
import { TABLE_ROWS, type TableSource } from "./table-rows.ts";
import { MIRRORED, SQL_TABLES, type SqlColumn } from "./tables.ts";
import { type SqlRow, TempTable } from "./temp-table.ts";

export interface ProvideOptions {
  readonly database: Database;
  readonly connection: DuckDBConnection;
  readonly parsed: ParsedStatement;
  readonly moment: { readonly nowMs: number; readonly inFlight: readonly InFlight[] };
  readonly registry: RegistryFacts;
  readonly partitions: readonly RemoteReads[];
  readonly limits: ProcessLimits;
}

export async function provideTables(options: ProvideOptions): Promise<void> {
  const { database, connection, parsed, moment } = options;
  const own = parsed.tables.filter(({ schema }) => schema !== "information_schema");
  const names = new Set(own.map(({ name }) => name));
  if ([...names].some((name) => MIRRORED.has(name))) {
    await refreshInFlight(database, connection, moment.inFlight);
  }
  for (const name of names) {
    if (MIRRORED.has(name)) await provideView(options, name);
    else {
      const references = own.filter((table) => table.name === name);
      await provideRows(options, name, references);
    }
  }
  for (const name of new Set(parsed.tables.map(informationOf))) {
    if (name !== undefined) await provideInformation(options, name);
  }
}

function wants({ parsed: { statement } }: ProvideOptions): (column: string) => boolean {
  return (column) => statement.hasStar || statement.columns.has(column);
}

async function provideView(options: ProvideOptions, name: string): Promise<void> {
  const { connection, moment, registry } = options;
  const workflows = registry.services.filter(({ type }) => type === "workflow");
  const view = createView(name, {
    nowMs: moment.nowMs,
    wants: wants(options),
    workflows: workflows.map((service) => service.name),
  });
  await connection.run(view);
}

async function provideRows(
  options: ProvideOptions,
  name: string,
  references: readonly TableReference[],
): Promise<void> {
  const { database, connection, registry, partitions, limits } = options;
  const table = new TempTable(database, connection, name, SQL_TABLES[name] ?? []);
  await table.create();
  const source: TableSource = {
    partitions,
    registry,
    demanded: (column) => demandedBy(references, column),
    wants: wants(options),
  };
  let count = 0;
  for await (const row of TABLE_ROWS[name]?.(source) ?? []) {
    count += 1;
    if (count > limits.sqlTableRowsMax) throw tooMany(name, limits.sqlTableRowsMax);
    await table.add(row);
  }
  await table.flush();
}

/** What every mention of the table demands: any of these values. */
function demandedBy(
  references: readonly TableReference[],
  column: string,
): readonly string[] | undefined {
  const values = new Set<string>();
  for (const { filters } of references) {
    const own = filters.get(column);
    if (own === undefined) return undefined;
    for (const value of own) values.add(value);
  }
  return [...values];
}

function tooMany(name: string, rowsMax: number): Refused {
  const remedy = name.startsWith("sys_journal")
    ? "id = '…'"
    : "service_name = '…' and service_key = '…'";
  const text = `the statement reads more than ${rowsMax} rows of ${name}: narrow it by ${remedy}`;
  return new Refused("failed", text);
}

function informationOf({ schema, name }: TableReference): string | undefined {
  return schema === "information_schema" ? name : undefined;
}

const TEXT = (...names: readonly string[]): SqlColumn[] =>
  names.map((name) => ({ name, type: "VARCHAR" }));

const INFORMATION_COLUMNS: Readonly<Record<string, readonly SqlColumn[]>> = {
  schemata: TEXT("catalog_name", "schema_name", "schema_owner"),
  tables: TEXT("table_catalog", "table_schema", "table_name", "table_type"),
  columns: [
    ...TEXT("table_catalog", "table_schema", "table_name", "column_name"),
    { name: "ordinal_position", type: "UBIGINT" },
    ...TEXT("column_default", "is_nullable", "data_type"),
  ],
};

async function provideInformation(options: ProvideOptions, name: string): Promise<void> {
  const { database, connection } = options;
  const columns = INFORMATION_COLUMNS[name] ?? [];
  const table = new TempTable(database, connection, INFORMATION_PREFIX + name, columns);
  await table.create();
  for (const row of informationRows(name)) await table.add(row);
  await table.flush();
}

function* informationRows(name: string): Generator<SqlRow> {
  if (name === "schemata") yield { catalog_name: CATALOG, schema_name: SCHEMA };
  for (const [table_name, columns] of Object.entries(SQL_TABLES)) {
    const base = { table_catalog: CATALOG, table_schema: SCHEMA, table_name };
    if (name === "tables") {
      yield { ...base, table_type: table_name === "sys_invocation" ? "VIEW" : "BASE TABLE" };
    }
    if (name !== "columns") continue;
    for (const [i, column] of columns.entries()) {
      const isNullable = !(table_name === "sys_invocation" && column.name === "status");
      yield {
        ...base,
        column_name: column.name,
        ordinal_position: i,
        is_nullable: isNullable ? "YES" : "NO",
        data_type: ARROW_NAMES[column.type],
      };
    }
  }
}

/** The types, as they are in Arrow. */
const ARROW_NAMES: Readonly<Record<SqlColumn["type"], string>> = {
  VARCHAR: "LargeUtf8",
  UBIGINT: "UInt64",
  UINTEGER: "UInt32",
  BOOLEAN: "Boolean",
  BLOB: "LargeBinary",
  TIMESTAMPTZ: 'Timestamp(Millisecond, Some("+00:00"))',
  INTERVAL: "Duration(Millisecond)",
  "UINTEGER[]": "List(UInt32)",
  "VARCHAR[]": "List(LargeUtf8)",
};
