/** The server that the tests of PostgreSQL run on; `npm run test:postgres` starts one. */
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Client, escapeIdentifier } from "pg";
import { describe, it } from "vitest";
import type { TestedStore } from "../../store.suite.ts";
import { openPostgresStore, type PostgresStoreOptions } from "../open-postgres-store.ts";

const patienceMs = 15_000;

/** A schema of its own for one test. */
export interface TestSchema {
  readonly name: string;
  readonly connectionString: string;
  /** Opens the store in it. */
  open(
    options?: Partial<PostgresStoreOptions>,
  ): Promise<Awaited<ReturnType<typeof openPostgresStore>>>;
  /** Runs a statement on a connection that the store knows nothing of. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Another connection that the store knows nothing of; close it with `end`. */
  connect(): Promise<Client>;
  /** Drops it. */
  dispose(): Promise<void>;
}

/** Defines tests that need a server; without one there is a single, skipped one that says so. */
export function describePostgres(name: string, define: (url: string) => void): void {
  const url = process.env.REJOIN_TEST_POSTGRES_URL;
  describe(name, () => {
    if (url !== undefined) define(url);
    else {
      it("needs a server", (context) => {
        context.skip("REJOIN_TEST_POSTGRES_URL is not set: npm run test:postgres sets it");
      });
    }
  });
}

/** The connection string for the same server and database, with other particulars. */
export function withParameters(
  connectionString: string,
  { user, ...parameters }: Readonly<Record<string, string>>,
): string {
  const { host, port, database, user: own } = new Client({ connectionString });
  const query = new URLSearchParams({ host, port: `${port}`, ...parameters });
  return `postgresql://${encodeURIComponent(user ?? own ?? "")}@/${database}?${query}`;
}

/** Asks until the answer is yes; gives up before a test does, and says so. */
export async function until(ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error("what was waited for has not happened");
    await setImmediate();
  }
}

/** A schema that no other test uses. */
export async function createTestSchema(connectionString: string): Promise<TestSchema> {
  const name = `rejoin test ${randomUUID()}`;
  const connect = async () => {
    const client = new Client({ connectionString, application_name: "rejoin-test" });
    await client.connect();
    return client;
  };
  const own = await connect();
  return {
    name,
    connectionString,
    open: (options) => openPostgresStore({ connectionString, schema: name, ...options }),
    query: async (text, values = []) => {
      const { rows } = await own.query<Record<string, unknown>>(text, [...values]);
      return rows;
    },
    connect,
    dispose: async () => {
      await own.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(name)} CASCADE`);
      await own.end();
    },
  };
}

/** A new, empty store as the suites of the contract want it. */
export async function createTestedStore(
  connectionString: string,
  options: Partial<PostgresStoreOptions>,
): Promise<TestedStore> {
  const schema = await createTestSchema(connectionString);
  let store = await schema.open(options);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await schema.open(options);
      return store;
    },
    dispose: async () => {
      await store.close();
      await schema.dispose();
    },
  };
}
