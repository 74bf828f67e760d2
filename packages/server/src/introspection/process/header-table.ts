/**
 * The mirrored headers: a table, and in front of it the changes that it does not have yet.
 *
 * A change is kept as bytes, and a newer one of the same invocation takes its place; what is left is
 * decoded and applied before a question. While the rows of the store are being read, what has been
 * changed since wins over what is read: it is as new or newer.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { invocationOfRowKey, invocationRows } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { Header as ChangedHeader } from "../mirror/packed-headers.ts";
import type { PackedRow } from "../mirror/packed-rows.ts";
import { ChunkWriter, type WrittenTable } from "./chunk-writer.ts";
import type { Database } from "./database.ts";
import { createHeaderColumns } from "./header-columns.ts";
import { Refused } from "./refused.ts";
import { Turns } from "./turns.ts";

export const HEADERS = "headers";
/** Changes that may wait for a question. */
const PENDING_MAX = 50_000;
/** Deleted rows take room until the table is made anew. */
const GARBAGE_MIN = 200_000;

/** The ids whose rows are replaced. */
const CHANGED: WrittenTable = { name: "changed", catalog: "temp", types: ["VARCHAR"] };

interface Header {
  readonly key: InvocationKey;
  readonly bytes: Uint8Array;
}

export class HeaderTable {
  private readonly database: Database;
  private readonly connection: DuckDBConnection;
  private readonly columns = createHeaderColumns();
  private readonly turns = new Turns();
  private pending = new Map<InvocationKey, Uint8Array | undefined>();
  /** What has been changed since the rows are being read. */
  private changedSince: Set<InvocationKey> | undefined;
  private loader: ChunkWriter | undefined;
  private garbage = 0;
  private rows = 0;
  private isApplying = false;

  private constructor(database: Database, connection: DuckDBConnection) {
    this.database = database;
    this.connection = connection;
  }

  static async create(database: Database): Promise<HeaderTable> {
    const connection = await database.connect();
    const table = new HeaderTable(database, connection);
    const columns = table.columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    await connection.run(`CREATE TABLE ${HEADERS} (${columns})`);
    await connection.run("CREATE TEMP TABLE changed (id VARCHAR)");
    return table;
  }

  /** From now on changes win over what {@link load} is given. */
  async beginLoad(): Promise<void> {
    this.changedSince = new Set();
    this.loader = await this.openWriter(await this.database.connect());
  }

  /** Rows as the store holds them; each invocation once. */
  load(rows: readonly PackedRow[]): void {
    for (const { key, value } of rows) {
      const id = invocationOfRowKey(key);
      const isOld = this.changedSince?.has(id) === true;
      if (!isOld && value !== undefined && this.loader !== undefined) {
        this.write(this.loader, { key: id, bytes: value });
      }
    }
  }

  endLoad(): void {
    this.loader?.close();
    this.loader = undefined;
    this.changedSince = undefined;
  }

  /** What has become durable since. */
  change(headers: readonly ChangedHeader[]): void {
    for (const { key, value } of headers) {
      this.changedSince?.add(key);
      this.pending.set(key, value);
    }
    if (this.pending.size < PENDING_MAX || this.isApplying) return;
    this.isApplying = true;
    // If it fails, what it was to apply is still there, and the next question tells why.
    this.apply()
      .catch(() => undefined)
      .finally(() => {
        this.isApplying = false;
      });
  }

  /** Brings the table up to what has been told. Rejects if it can no longer be. */
  apply(): Promise<void> {
    return this.turns.take(async () => {
      const { pending } = this;
      if (pending.size > PENDING_MAX * 10) {
        throw new Refused("unavailable", "changes cannot be applied: there is too little memory");
      }
      if (pending.size === 0) return;
      this.loader?.flush();
      this.pending = new Map();
      const { garbage, rows } = this;
      try {
        await this.connection.run("BEGIN");
        await this.replace(pending);
        await this.connection.run("COMMIT");
      } catch (error) {
        await this.connection.run("ROLLBACK").catch(() => undefined);
        this.garbage = garbage;
        this.rows = rows;
        // What has been changed meanwhile is newer.
        for (const [id, bytes] of this.pending) pending.set(id, bytes);
        this.pending = pending;
        throw error;
      }
      await this.compact();
    });
  }

  private async replace(pending: ReadonlyMap<InvocationKey, Uint8Array | undefined>) {
    const ids = await this.openWriter(this.connection, CHANGED);
    for (const key of pending.keys()) ids.add(() => formatInvocationId(key));
    ids.close();
    const deletion = `DELETE FROM ${HEADERS} USING changed WHERE ${HEADERS}.id = changed.id`;
    const { rowsChanged } = await this.connection.run(deletion);
    await this.connection.run("DELETE FROM changed");
    this.garbage += rowsChanged;
    this.rows -= rowsChanged;
    const writer = await this.openWriter(this.connection);
    for (const [key, bytes] of pending) {
      if (bytes !== undefined) this.write(writer, { key, bytes });
    }
    writer.close();
  }

  private openWriter(connection: DuckDBConnection, table?: WrittenTable): Promise<ChunkWriter> {
    const types = this.columns.map(({ type }) => type);
    const own = table ?? { name: HEADERS, catalog: null, types };
    return ChunkWriter.open(this.database.duckdb, connection, own);
  }

  private write(writer: ChunkWriter, { key, bytes }: Header): void {
    const invocation = invocationRows.decode(bytes, key);
    writer.add((i) => this.columns[i]?.read(invocation) ?? null);
    this.rows += 1;
  }

  /** Makes the table anew when much of it has been deleted. */
  private async compact(): Promise<void> {
    if (this.garbage < Math.max(GARBAGE_MIN, this.rows)) return;
    try {
      await this.connection.run("BEGIN");
      await this.connection.run(`CREATE TABLE compacted AS FROM ${HEADERS}`);
      await this.connection.run(`DROP TABLE ${HEADERS}`);
      await this.connection.run(`ALTER TABLE compacted RENAME TO ${HEADERS}`);
      await this.connection.run("COMMIT");
      this.garbage = 0;
    } catch {
      // For a while both tables are there. Without the room for that, the old one serves as well.
      await this.connection.run("ROLLBACK").catch(() => undefined);
      this.garbage /= 2;
    }
  }
}
