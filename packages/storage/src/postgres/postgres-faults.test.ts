/** What becomes of a store when its connections are lost, and when there are two of it. */
import type { PartitionStore, Store } from "@rejoin/engine";
import { escapeIdentifier, type QueryResultRow } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, commitOf, everything, text, writes } from "../testing/bytes.ts";
import {
  createTestSchema,
  describePostgres,
  type TestSchema,
  until,
  withParameters,
} from "./testing/postgres-server.ts";
import { startProxy } from "./testing/proxy.ts";

const unavailable = { code: "UNAVAILABLE" };
const unknown = { ...unavailable, message: expect.stringContaining("its outcome is unknown") };

describePostgres("a PostgreSQL store under faults", (url) => {
  let schema: TestSchema;
  let name: string;
  /** The name by which the server knows the store's connections. */
  let application: string;
  let connectionString: string;
  const cleanups: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    schema = await createTestSchema(url);
    name = escapeIdentifier(schema.name);
    application = schema.name.slice(0, 63);
    connectionString = withParameters(url, { application_name: application });
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    await schema.dispose();
  });
  const open: TestSchema["open"] = async (options) => {
    const store = await schema.open({ connectionString, ...options });
    cleanups.push(() => store.close());
    return store;
  };
  /** Ends the store's connections of which `condition` holds; gives how many. */
  const terminate = async (condition = "true") => {
    const ended = await schema.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND ${condition}`,
      [application],
    );
    return ended.length;
  };
  /** Runs a statement in a transaction that lasts until what it gives is called. */
  const lock = async (statement: string) => {
    const client = await schema.connect();
    cleanups.push(() => client.end());
    await client.query("BEGIN");
    await client.query<QueryResultRow>(statement);
    return (end: "COMMIT" | "ROLLBACK" = "ROLLBACK") => client.query(end);
  };
  const isWaiting = "wait_event_type = 'Lock'";
  const terminateWaiting = () => until(async () => (await terminate(isWaiting)) > 0);
  const lockHeads = () => lock(`SELECT * FROM ${name}.partitions FOR UPDATE`);

  describe("a commit", () => {
    it("whose backend is ended before it could be applied is not there", async () => {
      const store = await open();
      const partition = await store.open(0);
      const unlock = await lockHeads();
      const committing = partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
      const refused = expect(committing).rejects.toMatchObject(unknown);
      await terminateWaiting();
      await refused;
      await expect(partition.commit(commitOf(1))).rejects.toMatchObject(unknown);
      await unlock();

      const again = await store.open(0);
      expect(again.lastCommit.number).toBe(0);
      await again.commit(commitOf(1, { writes: writes({ b: "2" }) }));
      expect(await contentOf(again)).toEqual({ b: "2" });
    });

    it("whose answer is lost is there", async () => {
      const proxy = await startProxy(connectionString);
      cleanups.push(() => proxy.close());
      const store = await open({ connectionString: proxy.connectionString });
      const partition = await store.open(0);
      const other = { destination: 0, sequence: { commit: 1, index: 0 }, body: bytes("m") };
      proxy.holdAnswers();
      const committing = partition.commit(
        commitOf(1, { writes: writes({ a: "1" }), messages: [other] }),
      );
      const refused = expect(committing).rejects.toMatchObject(unknown);
      await until(async () => {
        const heads = await schema.query(`SELECT commit_number::int FROM ${name}.partitions`);
        return heads[0]?.commit_number === 1;
      });
      proxy.cut();
      await refused;

      const again = await reopen(store);
      expect(again.lastCommit).toEqual({ number: 1, timeMs: 1_001 });
      expect(await contentOf(again)).toEqual({ a: "1" });
      expect(await again.readMailbox(undefined, 9)).toHaveLength(1);
      await again.commit(commitOf(2));
    });

    it("that takes too long is given up", async () => {
      const store = await open({ limits: { statementTimeoutMs: 100 } });
      const partition = await store.open(0);
      const unlock = await lockHeads();
      await expect(partition.commit(commitOf(1))).rejects.toMatchObject(unknown);
      await expect(store.open(0)).rejects.toMatchObject(unavailable);
      await unlock();
      expect((await store.open(0)).lastCommit.number).toBe(0);
    });

    it("that another leader has overtaken while it waited changes nothing", async () => {
      const store = await open();
      const older = await store.open(0);
      const lead = await lock(`UPDATE ${name}.partitions SET epoch = epoch + 1`);
      const committing = older.commit(
        commitOf(1, {
          writes: writes({ a: "old" }),
          messages: [{ destination: 0, sequence: { commit: 1, index: 0 }, body: bytes("old") }],
        }),
      );
      const fenced = expect(committing).rejects.toMatchObject({
        code: "FENCED",
        message: "epoch 1 of partition 0 is fenced: it was opened again as epoch 2",
      });
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND ${isWaiting}`;
      await until(async () => (await schema.query(waiting, [application])).length > 0);
      await lead("COMMIT");
      await fenced;
      const newest = await store.open(0);
      expect(newest.lastCommit.number).toBe(0);
      expect(await contentOf(newest)).toEqual({});
      expect(await newest.readMailbox(undefined, 9)).toEqual([]);
    });

    it("is whole or not there, however often connections are ended", async () => {
      const store = await open({ partitionCount: 2 });
      let partition = await store.open(0);
      const model: Record<string, string> = {};
      let failures = 0;
      for (let round = 1; round <= 120; round++) {
        const number = partition.lastCommit.number + 1;
        const rows = { [`n${number}`]: `${round}`, last: `${number}` };
        const message = { destination: 1, sequence: { commit: number, index: 0 }, body: bytes("") };
        const [outcome] = await Promise.allSettled([
          partition.commit(commitOf(number, { writes: writes(rows), messages: [message] })),
          round % 3 === 0 ? terminate() : undefined,
        ]);
        const isAcknowledged = outcome.status === "fulfilled";
        if (!isAcknowledged) {
          failures += 1;
          expect(outcome.reason).toMatchObject(unknown);
          partition = await reopen(store);
          expect([number - 1, number]).toContain(partition.lastCommit.number);
        }
        if (partition.lastCommit.number === number) Object.assign(model, rows);
      }
      const sound = await reopen(store);
      expect(await contentOf(sound)).toEqual(model);
      const messages = await (await store.open(1)).readMailbox(undefined, 1_000);
      expect(messages).toHaveLength(sound.lastCommit.number);
      expect(failures).toBeGreaterThan(0);
      expect(failures).toBeLessThan(120);
    });
  });

  describe("a read", () => {
    it("whose backend is ended fails, and the next one does not", async () => {
      const store = await open();
      const partition = await store.open(0);
      await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
      const unlock = await lock(`LOCK TABLE ${name}.rows IN ACCESS EXCLUSIVE MODE`);
      const scanning = partition.scan(everything, { limit: 9 });
      const refused = expect(scanning).rejects.toMatchObject(unavailable);
      await terminateWaiting();
      await refused;
      await unlock();
      expect(await contentOf(partition)).toEqual({ a: "1" });
    });

    it("of a snapshot fails once its connection is lost", async () => {
      const store = await open({ limits: { snapshotsMax: 1 } });
      const partition = await store.open(0);
      const snapshot = await partition.snapshot();
      await until(async () => (await terminate("state = 'idle in transaction'")) === 0);
      await expect(snapshot.scan(everything, { limit: 9 })).rejects.toMatchObject(unavailable);
      await snapshot.close();
      const another = await partition.snapshot();
      expect(await another.getMany([bytes("a")])).toEqual([undefined]);
      await another.close();
    });

    it("of a snapshot that was left alone for too long fails", async () => {
      const store = await open({ limits: { snapshotIdleMs: 20 } });
      const partition = await store.open(0);
      const snapshot = await partition.snapshot();
      const left = `SELECT 1 FROM pg_stat_activity
                    WHERE application_name = $1 AND state = 'idle in transaction'`;
      await until(async () => (await schema.query(left, [application])).length === 0);
      await expect(snapshot.getMany([bytes("a")])).rejects.toMatchObject(unavailable);
      await snapshot.close();
    });

    it("goes on when the connections were ended that nobody used", async () => {
      const store = await open();
      const partition = await store.open(0);
      await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
      await contentOf(partition);
      await until(async () => (await terminate("backend_type = 'client backend'")) === 0);
      await until(async () => {
        const reading = partition.getMany([bytes("a")]);
        return reading.then(
          (values) => text(values[0]) === "1",
          (error: unknown) => {
            expect(error).toMatchObject(unavailable);
            return false;
          },
        );
      });
    });
  });

  it("hears of changes that were made while it could not listen", async () => {
    const proxy = await startProxy(connectionString);
    cleanups.push(() => proxy.close());
    const waiting: (() => void)[] = [];
    const store = await open({
      connectionString: proxy.connectionString,
      delay: () => new Promise((resolve) => waiting.push(resolve)),
    });
    let changes = 0;
    const changed = new Promise<void>((resolve) => {
      store.watchMetadata("registry", () => {
        changes += 1;
        resolve();
      });
    });
    store.watchMetadata("other", () => {
      throw new Error("nobody has changed it");
    });
    proxy.setOpen(false);
    proxy.cut();
    await until(async () => waiting.length > 0);
    const elsewhere = await open();
    await elsewhere.compareAndSetMetadata("registry", 0, bytes("1"));
    expect(changes).toBe(0);
    proxy.setOpen(true);
    for (const wake of waiting.splice(0)) wake();
    await changed;
    await elsewhere.compareAndSetMetadata("registry", 1, bytes("2"));
    await until(async () => changes === 2);
    for (const wake of waiting.splice(0)) wake();
  });

  describe("two stores", () => {
    it("fence each other, and lose nothing that either has acknowledged", async () => {
      const stores = await Promise.all([open(), open()]);
      const acknowledged = new Map<number, string>();
      let fenced = 0;
      const lead = async (store: Store, leader: string) => {
        for (let term = 0; term < 15; term++) {
          const partition = await store.open(0);
          for (let turn = 0; turn < 10; turn++) {
            const number = partition.lastCommit.number + 1;
            const rows = writes({ [`n${number}`]: leader });
            try {
              await partition.commit(commitOf(number, { writes: rows }));
            } catch (error) {
              expect(error).toMatchObject({ code: "FENCED" });
              fenced += 1;
              break;
            }
            expect(acknowledged.has(number)).toBe(false);
            acknowledged.set(number, leader);
          }
        }
      };
      await Promise.all(stores.map((store, index) => lead(store, `leader ${index}`)));
      const last = await (stores[0] as Store).open(0);
      const wanted = [...acknowledged].map(([number, leader]) => [`n${number}`, leader]);
      expect(await contentOf(last)).toEqual(Object.fromEntries(wanted));
      expect(last.lastCommit.number).toBe(acknowledged.size);
      expect(fenced).toBeGreaterThan(0);
    });

    it("send to each other's partitions at the same time", async () => {
      const stores = await Promise.all([open({ partitionCount: 2 }), open({ partitionCount: 2 })]);
      const partitions = await Promise.all(stores.map((store, index) => store.open(index)));
      const counts = await Promise.all(
        partitions.map(async (partition) => {
          let received = 0;
          for (let number = 1; number <= 40; number++) {
            const consumed = await partition.readMailbox(undefined, 7);
            received += consumed.length;
            const messages = Array.from({ length: 5 }, (_, index) => {
              const sequence = { commit: number, index };
              return { destination: 1 - partition.partition, sequence, body: bytes("x") };
            });
            await partition.commit(commitOf(number, { messages, consumed }));
          }
          return received;
        }),
      );
      for (const [index, partition] of partitions.entries()) {
        const left = await partition.readMailbox(undefined, 1_000);
        expect((counts[index] ?? 0) + left.length).toBe(200);
      }
    });
  });
});

/** Opens partition 0 as a leader does: again and again while the store is unavailable. */
async function reopen(store: Store): Promise<PartitionStore> {
  let opened: PartitionStore | undefined;
  await until(async () => {
    try {
      opened = await store.open(0);
    } catch (error) {
      expect(error).toMatchObject(unavailable);
    }
    return opened !== undefined;
  });
  return opened as PartitionStore;
}

async function contentOf(partition: PartitionStore): Promise<Record<string, string>> {
  const rows = await partition.scan(everything, { limit: 10_000 });
  return Object.fromEntries(rows.map(({ key, value }) => [text(key), text(value)]));
}
