/**
 * The tables of a store, in a PostgreSQL schema that holds nothing else.
 *
 * | table | key | holds |
 * |---|---|---|
 * | `format` | one row | format version, partition count |
 * | `partitions` | partition | epoch, number and time (f64, ms since the Unix epoch) of the last commit |
 * | `rows` | partition, row key | row value, sealed (seal.ts) |
 * | `mailbox` | destination, place (mailbox-key.ts) | message body, sealed |
 * | `metadata` | metadata key, UTF-8 | version, value, sealed |
 *
 * Keys are ordered as unsigned bytes, as `bytea` is.
 */
import { StoreError } from "@rejoin/engine";
import { escapeIdentifier, type PoolClient } from "pg";

/** The format that this version reads and writes. */
export const formatVersion = 2;

const tableNames = ["format", "partitions", "rows", "mailbox", "metadata"] as const;
const defaultPartitionCount = 1;

/** Where the tables are, and how many partitions they are for. */
export interface SchemaOptions {
  readonly schema: string;
  /** Names database and schema in messages. */
  readonly place: string;
  /** How many a new store gets, 1 by default; an existing one must have as many, if given. */
  readonly partitionCount: number | undefined;
}

/**
 * Makes the tables if there are none, and checks what there is; gives the number of partitions.
 * Several may do so at the same time: one of them makes the tables, and the others wait.
 */
export async function prepareSchema(client: PoolClient, options: SchemaOptions): Promise<number> {
  await client.query("BEGIN");
  const lock = `rejoin schema ${options.schema}`;
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [lock]);
  const partitionCount = await prepareLocked(client, options);
  await client.query("COMMIT");
  return partitionCount;
}

async function prepareLocked(client: PoolClient, options: SchemaOptions): Promise<number> {
  const { schema, place } = options;
  const present = await listTables(client, schema);
  if (present?.includes("format") !== true) {
    if (present !== undefined) assertEmpty(place, present);
    return createTables(client, { ...options, hasSchema: present !== undefined });
  }
  const partitionCount = await readFormat(client, options);
  const missing = tableNames.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    throw new StoreError(
      "DATA_CORRUPTION",
      `${place} lacks the table ${missing.join(", ")}: restore the schema from a backup`,
    );
  }
  await assertRights(client, options);
  return partitionCount;
}

/** The relations in a schema; `undefined` if there is no such schema. */
async function listTables(client: PoolClient, schema: string): Promise<string[] | undefined> {
  const { rows } = await client.query<{ name: string | null }>(
    `SELECT relation.relname AS name FROM pg_namespace AS space
     LEFT JOIN pg_class AS relation
       ON relation.relnamespace = space.oid AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
     WHERE space.nspname = $1 ORDER BY 1`,
    [schema],
  );
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ name }) => name ?? []);
}

function assertEmpty(place: string, present: readonly string[]): void {
  if (present.length === 0) return;
  const some = present.slice(0, 3).join(", ");
  throw new StoreError(
    "UNSUPPORTED_FORMAT",
    `${place} holds other tables (${some}${present.length > 3 ? ", …" : ""}) and no table ` +
      "format: use another schema, or restore that table from a backup",
  );
}

async function readFormat(client: PoolClient, options: SchemaOptions): Promise<number> {
  const { schema, place, partitionCount } = options;
  const format = `${escapeIdentifier(schema)}.format`;
  // All columns: those of a newer format may differ, but for the version.
  const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${format}`);
  const version = Number(rows[0]?.version);
  const found = Number(rows[0]?.partition_count);
  if (version > formatVersion) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${place} has format ${version}, this version of rejoin supports format ${formatVersion} ` +
        "at most: use a newer version",
    );
  }
  if (version >= 1 && version < formatVersion) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${place} has format ${version}, of a version before the first release, which this one does ` +
        "not read: begin with a new schema",
    );
  }
  if (!(version >= 1) || !(found >= 1)) {
    throw new StoreError(
      "DATA_CORRUPTION",
      `the table format of ${place} is damaged: restore the schema from a backup`,
    );
  }
  if (partitionCount !== undefined && partitionCount !== found) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${place} was created with ${found} partitions, not ${partitionCount}: the number is fixed, ` +
        "ask for that one or use another schema",
    );
  }
  return found;
}

async function assertRights(client: PoolClient, { schema, place }: SchemaOptions): Promise<void> {
  const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];
  const { rows } = await client.query<{ role: string; lacking: string }>(
    `SELECT current_user AS role, wanted.right || ' on ' || relation.relname AS lacking
     FROM pg_namespace AS space
     JOIN pg_class AS relation ON relation.relnamespace = space.oid
     CROSS JOIN unnest($3::text[]) AS wanted ("right")
     WHERE space.nspname = $1 AND relation.relname = ANY ($2::text[])
       AND NOT has_table_privilege(relation.oid, wanted.right)
     ORDER BY relation.relname`,
    [schema, tableNames.slice(1), rights],
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new StoreError(
    "NOT_WRITABLE",
    `the role ${first.role} has no right to ${first.lacking} in ${place}: grant it this right, or ` +
      "connect as the owner of the schema",
  );
}

async function createTables(
  client: PoolClient,
  options: SchemaOptions & { readonly hasSchema: boolean },
): Promise<number> {
  const { hasSchema, partitionCount = defaultPartitionCount } = options;
  const schema = escapeIdentifier(options.schema);
  // The heads change with every commit: the space left on their pages keeps their index as it is.
  await client.query(`
    ${hasSchema ? "" : `CREATE SCHEMA ${schema};`}
    CREATE TABLE ${schema}.format (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      version integer NOT NULL,
      partition_count integer NOT NULL
    );
    CREATE TABLE ${schema}.partitions (
      partition integer PRIMARY KEY,
      epoch bigint NOT NULL,
      commit_number bigint NOT NULL,
      commit_time_ms double precision NOT NULL
    ) WITH (fillfactor = 50);
    CREATE TABLE ${schema}.rows (
      partition integer NOT NULL,
      key bytea NOT NULL,
      value bytea NOT NULL,
      PRIMARY KEY (partition, key)
    );
    CREATE TABLE ${schema}.mailbox (
      partition integer NOT NULL,
      place bytea NOT NULL,
      body bytea NOT NULL,
      PRIMARY KEY (partition, place)
    ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
    CREATE TABLE ${schema}.metadata (
      key bytea PRIMARY KEY,
      version bigint NOT NULL,
      value bytea NOT NULL
    );
    INSERT INTO ${schema}.format (version, partition_count)
      VALUES (${formatVersion}, ${partitionCount});
    INSERT INTO ${schema}.partitions (partition, epoch, commit_number, commit_time_ms)
      SELECT number, 0, 0, 0 FROM generate_series(0, ${partitionCount - 1}) AS number;
  `);
  return partitionCount;
}
