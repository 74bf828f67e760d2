/** What a store makes of its schema, its server and damage. */
import type { Store } from "@rejoin/engine";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, commitOf, everything, patternBytes, writes } from "../testing/bytes.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { configureSession } from "./server-facts.ts";
import { createStatements } from "./statements.ts";
import {
  createTestSchema,
  describePostgres,
  type TestSchema,
  until,
  withParameters,
} from "./testing/postgres-server.ts";

const sessionOptions = { statementTimeoutMs: 1_000, idleTransactionTimeoutMs: 1_000 };

describePostgres("a PostgreSQL store", (url) => {
  let schema: TestSchema;
  let name: string;
  const stores = new Set<Store>();

  beforeEach(async () => {
    schema = await createTestSchema(url);
    name = escapeIdentifier(schema.name);
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    stores.clear();
    await schema.dispose();
  });
  const open: TestSchema["open"] = async (options) => {
    const store = await schema.open(options);
    stores.add(store);
    return store;
  };

  describe("its schema", () => {
    it("is made, with one partition unless told otherwise", async () => {
      expect((await open()).partitionCount).toBe(1);
    });

    it("may be there already if it is empty", async () => {
      await schema.query(`CREATE SCHEMA ${name}`);
      expect((await open({ partitionCount: 2 })).partitionCount).toBe(2);
    });

    it("keeps its partition count", async () => {
      await open({ partitionCount: 4 });
      expect((await open()).partitionCount).toBe(4);
      await expect(open({ partitionCount: 8 })).rejects.toMatchObject({
        code: "UNSUPPORTED_FORMAT",
        message: expect.stringMatching(/was created with 4 partitions, not 8: the number is fixed/),
      });
    });

    it("is made once when many start at the same time", async () => {
      const opened = await Promise.all(
        Array.from({ length: 8 }, () => open({ partitionCount: 5, limits: { readsMax: 1 } })),
      );
      const partitions = await Promise.all(opened.map((store) => store.open(4)));
      const epochs = partitions.map(({ epoch }) => epoch);
      expect(epochs.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it("of a newer format is refused", async () => {
      await open();
      await schema.query(`UPDATE ${name}.format SET version = 7`);
      await schema.query(`ALTER TABLE ${name}.format DROP COLUMN partition_count`);
      await expect(open()).rejects.toMatchObject({
        code: "UNSUPPORTED_FORMAT",
        message: expect.stringMatching(/has format 7, .* supports format 2 at most: use a newer/),
      });
    });

    it("of an older format is refused", async () => {
      await open();
      await schema.query(`UPDATE ${name}.format SET version = 1`);
      await expect(open()).rejects.toMatchObject({
        code: "UNSUPPORTED_FORMAT",
        message: expect.stringMatching(/has format 1, .* begin with a new schema/),
      });
    });

    it("with other tables is refused", async () => {
      await schema.query(`CREATE SCHEMA ${name} CREATE TABLE holidays (day integer)`);
      await schema.query(`INSERT INTO ${name}.holidays VALUES (1)`);
      await expect(open()).rejects.toMatchObject({
        code: "UNSUPPORTED_FORMAT",
        message: expect.stringContaining("holds other tables (holidays) and no table format"),
      });
      expect(await schema.query(`SELECT day FROM ${name}.holidays`)).toEqual([{ day: 1 }]);
    });

    it("that is damaged is refused", async () => {
      await open();
      const damaged = { code: "DATA_CORRUPTION" };
      await schema.query(`ALTER TABLE ${name}.mailbox RENAME TO letters`);
      await expect(open()).rejects.toMatchObject({
        ...damaged,
        message: expect.stringContaining("lacks the table mailbox: restore"),
      });
      await schema.query(`ALTER TABLE ${name}.letters RENAME TO mailbox`);
      await schema.query(`DELETE FROM ${name}.format`);
      await expect(open()).rejects.toMatchObject({
        ...damaged,
        message: expect.stringContaining("the table format"),
      });
    });

    it("that vanishes under it is damage, not a passing failure", async () => {
      const store = await open();
      const partition = await store.open(0);
      await schema.query(`DROP SCHEMA ${name} CASCADE`);
      const damaged = { code: "DATA_CORRUPTION" };
      await expect(partition.commit(commitOf(1))).rejects.toMatchObject(damaged);
      await expect(partition.getMany([bytes("a")])).rejects.toMatchObject(damaged);
      await expect(store.getMetadata("a")).rejects.toMatchObject(damaged);
    });
  });

  describe("its role", () => {
    let role: string;
    beforeEach(async () => {
      role = schema.name.replace("test", "role");
      await schema.query(`CREATE ROLE ${escapeIdentifier(role)} LOGIN`);
    });
    afterEach(async () => {
      await schema.query(`DROP OWNED BY ${escapeIdentifier(role)}`);
      await schema.query(`DROP ROLE ${escapeIdentifier(role)}`);
    });
    const openAsRole = () => open({ connectionString: withParameters(url, { user: role }) });

    it("must be able to make the schema", async () => {
      await expect(openAsRole()).rejects.toMatchObject({
        code: "NOT_WRITABLE",
        message: expect.stringMatching(/permission denied for database .*: grant the role/),
      });
    });

    it("must be able to read and write every table", async () => {
      await open();
      await expect(openAsRole()).rejects.toMatchObject({
        code: "NOT_WRITABLE",
        message: expect.stringMatching(/permission denied for schema .*: grant the role/),
      });
      const grant = (rights: string, on: string) =>
        schema.query(`GRANT ${rights} ON ${on} TO ${escapeIdentifier(role)}`);
      await grant("USAGE", `SCHEMA ${name}`);
      await grant("SELECT, INSERT, UPDATE, DELETE", `ALL TABLES IN SCHEMA ${name}`);
      await schema.query(`REVOKE DELETE ON ${name}.rows FROM ${escapeIdentifier(role)}`);
      await expect(openAsRole()).rejects.toMatchObject({
        code: "NOT_WRITABLE",
        message: expect.stringContaining(`role ${role} has no right to DELETE on rows`),
      });
      await grant("DELETE", `${name}.rows`);
      const partition = await (await openAsRole()).open(0);
      await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
    });
  });

  describe("its server", () => {
    it("must have the database", async () => {
      const connectionString = withParameters(url, {}).replace(/@\/[^?]*/, "@/nowhere");
      await expect(open({ connectionString })).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/database nowhere .*"nowhere" does not exist/),
      });
    });

    it("must take writes", async () => {
      const options = "-c default_transaction_read_only=on";
      const connectionString = withParameters(url, { options });
      await expect(open({ connectionString })).rejects.toMatchObject({
        code: "NOT_WRITABLE",
        message: expect.stringContaining("its transactions are read-only"),
      });
    });

    it.each([
      ["off", "on"],
      ["local", "local"],
      ["remote_apply", "remote_apply"],
    ])("whose synchronous_commit is %s commits with %s", async (setting, used) => {
      const options = `-c synchronous_commit=${setting}`;
      const client = new Client({ connectionString: withParameters(url, { options }) });
      await client.connect();
      await configureSession(client, sessionOptions);
      const { rows } = await client.query("SHOW synchronous_commit");
      await client.end();
      expect(rows).toEqual([{ synchronous_commit: used }]);
    });

    it("goes by keys, even while a table has so few rows that reading all is less work", async () => {
      const store = await open();
      const partition = await store.open(0);
      const message = { destination: 0, sequence: { commit: 1, index: 0 }, body: bytes("m") };
      await partition.commit(commitOf(1, { writes: writes({ a: "1" }), messages: [message] }));
      for (const table of ["partitions", "rows", "mailbox"]) {
        await schema.query(`VACUUM ANALYZE ${name}.${table}`);
      }
      const statements = createStatements(schema.name);
      const client = await schema.connect();
      await configureSession(client, sessionOptions);
      const one = "ARRAY['x'::bytea]";
      const calls = {
        commit: [0, 1, 1, 1, one, one, one, "ARRAY[1]", one, one, one],
        getMany: [0, one],
        scanForward: [0, "'a'", "'b'", 10],
        scanReverse: [0, "'a'", "'b'", 10],
        readMailbox: [0, "'a'", 10],
      };
      for (const [call, values] of Object.entries(calls)) {
        const { text } = statements[call as keyof typeof calls];
        await client.query(`PREPARE ${call} AS ${text}`);
        const { rows } = await client.query<Record<string, string>>(
          `EXPLAIN EXECUTE ${call}(${values.join(", ")})`,
        );
        const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
        expect(plan).toContain("Index");
        expect(plan).not.toMatch(/Seq Scan|Sort|Hash/);
      }
      await client.end();
    });
  });

  describe("damage", () => {
    it("of a row is found when it is read", async () => {
      const partition = await (await open()).open(0);
      await partition.commit(commitOf(1, { writes: writes({ a: "1", b: "2" }) }));
      await schema.query(
        `UPDATE ${name}.rows SET value = (SELECT value FROM ${name}.rows WHERE key = 'a')
         WHERE key = 'b'`,
      );
      const damaged = {
        code: "DATA_CORRUPTION",
        message: expect.stringMatching(/value of key 62 in schema .* not match its checksum/),
      };
      await expect(partition.getMany([bytes("b")])).rejects.toMatchObject(damaged);
      await expect(partition.scan(everything, { limit: 9 })).rejects.toMatchObject(damaged);
      expect(await partition.getMany([bytes("a")])).toEqual([bytes("1")]);
    });

    it("of messages and metadata is found when they are read", async () => {
      const store = await open({ partitionCount: 2 });
      const partition = await store.open(0);
      const message = { destination: 1, sequence: { commit: 1, index: 0 }, body: bytes("hello") };
      await partition.commit(commitOf(1, { messages: [message] }));
      await store.compareAndSetMetadata("settings", 0, bytes("{}"));
      await schema.query(`UPDATE ${name}.mailbox SET body = set_byte(body, 0, 0)`);
      await schema.query(`UPDATE ${name}.metadata SET value = '\\x7b7d'`);
      const damaged = { code: "DATA_CORRUPTION" };
      const other = await store.open(1);
      await expect(other.readMailbox(undefined, 9)).rejects.toMatchObject(damaged);
      await expect(store.getMetadata("settings")).rejects.toMatchObject(damaged);
    });

    it("is what lost commits are", async () => {
      const store = await open();
      const partition = await store.open(0);
      await partition.commit(commitOf(1));
      await partition.commit(commitOf(2));
      await schema.query(`UPDATE ${name}.partitions SET commit_number = 1`);
      const lost = {
        code: "DATA_CORRUPTION",
        message: expect.stringMatching(/was left at epoch 1 and commit 2 and is now .* commit 1: /),
      };
      await expect(partition.commit(commitOf(3))).rejects.toMatchObject(lost);
      await expect(partition.commit(commitOf(3))).rejects.toMatchObject(lost);
      await schema.query(`DELETE FROM ${name}.partitions`);
      await expect(store.open(0)).rejects.toMatchObject({
        code: "DATA_CORRUPTION",
        message: expect.stringContaining("the row of partition 0 is missing"),
      });
    });
  });

  describe("keys", () => {
    it("may be as long as the index takes them, and no longer", async () => {
      const partition = await (await open()).open(0);
      const longest = patternBytes(1, 2_600);
      await partition.commit(commitOf(1, { writes: [{ key: longest, value: bytes("1") }] }));
      expect(await partition.getMany([longest])).toEqual([bytes("1")]);
      const tooLong = patternBytes(1, 2_601);
      for (const value of [bytes("2"), undefined]) {
        const refused = partition.commit(commitOf(2, { writes: [{ key: tooLong, value }] }));
        await expect(refused).rejects.toThrow(/has 2601 bytes: PostgreSQL stores keys of 2600/);
      }
      await partition.commit(commitOf(2, { writes: [{ key: longest, value: undefined }] }));
      expect(await partition.scan(everything, { limit: 9 })).toEqual([]);
    });
  });

  describe("snapshots", () => {
    it("are bounded in number", async () => {
      const store = await open({ limits: { snapshotsMax: 1, connectTimeoutMs: 1_000 } });
      const partition = await store.open(0);
      const first = await partition.snapshot();
      await expect(partition.snapshot()).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/a snapshot of partition 0 .* no free connection in time/),
      });
      await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
      expect(await first.scan(everything, { limit: 1 })).toEqual([]);
      const second = partition.snapshot();
      await first.close();
      expect(await (await second).getMany([bytes("a")])).toEqual([bytes("1")]);
    });

    it("serve several reads at a time", async () => {
      const partition = await (await open()).open(0);
      await partition.commit(commitOf(1, { writes: writes({ a: "1", b: "2" }) }));
      const snapshot = await partition.snapshot();
      const reads = ["a", "b", "a", "c"].map((key) => snapshot.getMany([bytes(key)]));
      const closing = snapshot.close();
      const found = [[bytes("1")], [bytes("2")], [bytes("1")], [undefined]];
      expect(await Promise.all(reads)).toEqual(found);
      await closing;
    });

    it("that are open end with the store", async () => {
      const marked = `rejoin ${schema.name}`.slice(0, 63);
      const connectionString = withParameters(url, { application_name: marked });
      const store = await open({ connectionString });
      const partition = await store.open(0);
      const snapshot = await partition.snapshot();
      const count = `SELECT count(*)::int AS connections FROM pg_stat_activity
                     WHERE application_name = ${escapeLiteral(marked)}`;
      // One for writes, one for the snapshot, one for notifications.
      expect(await schema.query(count)).toEqual([{ connections: 3 }]);
      await store.close();
      await expect(snapshot.getMany([])).rejects.toMatchObject({ code: "CLOSED" });
      await snapshot.close();
      await until(async () => (await schema.query(count))[0]?.connections === 0);
    });
  });

  describe("metadata", () => {
    it("is watched across stores, and not across schemas", async () => {
      const [one, two] = [await open(), await open()];
      const elsewhere = await createTestSchema(url);
      const other = await elsewhere.open();
      const seen: string[] = [];
      const change = new Promise<void>((resolve) => {
        one.watchMetadata("ключ", () => {
          seen.push("one");
          resolve();
        });
      });
      other.watchMetadata("ключ", () => seen.push("other"));
      await two.compareAndSetMetadata("ключ", 0, bytes("1"));
      await change;
      expect(seen).toEqual(["one"]);
      expect(await one.getMetadata("ключ")).toEqual({ version: 1, value: bytes("1") });
      await one.compareAndSetMetadata("ключ", 1, bytes("2"));
      await one.getMetadata("ключ");
      expect(seen).toEqual(["one", "one"]);
      await other.close();
      await elsewhere.dispose();
    });
  });

  it("is opened under the name rejoin by default", async () => {
    const taken = await schema.query("SELECT 1 FROM pg_namespace WHERE nspname = 'rejoin'");
    expect(taken).toEqual([]);
    const store = await openPostgresStore({ connectionString: url });
    stores.add(store);
    const made = "SELECT version FROM rejoin.format";
    expect(await schema.query(made)).toEqual([{ version: 2 }]);
    await store.close();
    await schema.query("DROP SCHEMA rejoin CASCADE");
  });
});
