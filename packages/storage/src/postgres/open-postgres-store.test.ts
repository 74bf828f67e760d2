/** What is refused before a server has said anything. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { openPostgresStore } from "./open-postgres-store.ts";

/** A port of this machine that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("opening a PostgreSQL store", () => {
  it("says what it could not reach, without the password", async () => {
    const port = await freePort();
    const connectionString = `postgresql://me:secret@127.0.0.1:${port}/orders`;
    const error: unknown = await openPostgresStore({ connectionString }).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(
        new RegExp(
          `schema rejoin of database orders on 127\\.0\\.0\\.1:${port} \\(.*ECONNREFUSED.*\\): check`,
        ),
      ),
    });
    expect(String(error)).not.toContain("secret");
  });

  it("gives up on a server that does not speak", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const opening = openPostgresStore({
      connectionString: `postgresql://me@127.0.0.1:${port}/orders`,
      limits: { connectTimeoutMs: 50 },
    });
    await expect(opening).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("cannot connect"),
    });
    server.close();
  });

  it("refuses a connection string that is none, and does not repeat it", async () => {
    const connectionString = "postgresql://me:secret@host:port:port/x";
    const error: unknown = await openPostgresStore({ connectionString }).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("cannot be read: write it as postgresql://"),
    });
    expect(String(error)).not.toContain("secret");
  });

  it.each(["", "x".repeat(64), "pg_rejoin", "information_schema", "a\0b"])(
    "refuses the schema %j",
    async (schema) => {
      const connectionString = "postgresql://127.0.0.1/x";
      await expect(openPostgresStore({ connectionString, schema })).rejects.toThrow(RangeError);
    },
  );

  it("refuses limits and partition counts that cannot be", async () => {
    const connectionString = "postgresql://127.0.0.1/x";
    await expect(openPostgresStore({ connectionString, partitionCount: 0 })).rejects.toThrow(
      "from 1 to 65536",
    );
    await expect(
      openPostgresStore({ connectionString, limits: { snapshotsMax: 0 } }),
    ).rejects.toThrow("the limit snapshotsMax is 0");
  });
});
