/** What a statement may cost: beyond, it is refused, and the server goes on. */
import { type Context, service } from "@rejoin/sdk";
import { beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, start } from "../start.ts";

const echo = service({
  name: "echo",
  handlers: { echo: async (_ctx: Context, text: string): Promise<string> => text },
});

const LIMITS = {
  sqlStatementMs: 400,
  sqlMemoryBytesMax: 192 * 1024 * 1024,
  sqlProcessBytesMax: 640 * 1024 * 1024,
  sqlAnswerRowsMax: 1000,
  sqlAnswerBytesMax: 256 * 1024,
  sqlTableRowsMax: 20,
  sqlStatementsWaitingMax: 1,
};

let server: RunningServer;

beforeAll(async () => {
  const quiet = () => undefined;
  server = await start({ services: [echo], limits: LIMITS, log: quiet, logger: quiet });
  await Promise.all(Array.from({ length: 12 }, (_, i) => call(`text ${i}`)));
  return () => server.close();
});

async function call(text: string): Promise<unknown> {
  const body = JSON.stringify(text);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server.ingressUrl}/echo/echo`, { method: "POST", headers, body });
  return response.json();
}

async function ask(query: string) {
  const response = await fetch(`${server.adminUrl}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  const body: any = await response.json();
  return { status: response.status, headers: response.headers, body };
}

/** Ten times as long with each step. */
function longText(steps: number): string {
  const ten = (name: string) => Array.from({ length: 10 }, () => `${name}.s`).join(" || ");
  const tables = Array.from(
    { length: steps },
    (_, i) => `a${i + 1} AS (SELECT ${ten(`a${i}`)} AS s FROM a${i})`,
  );
  return `WITH ${["a0 AS (SELECT 'xxxxxxxxxx' AS s)", ...tables].join(", ")} SELECT length(s) FROM a${steps}`;
}

describe("a statement", () => {
  it.each([
    [
      "never ends",
      "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
      /has not ended after 0.4 s|more memory/,
    ],
    [
      "joins everything with everything",
      "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range = c.range + 7",
      /has not ended after 0.4 s|more memory/,
    ],
    [
      "sorts more than there is memory for",
      "SELECT * FROM (SELECT range AS a, md5(range::VARCHAR) AS b FROM range(100000000)) ORDER BY b",
      /has not ended after 0.4 s|more memory/,
    ],
    [
      "makes a text of gigabytes",
      longText(8),
      /took \d+ of 640 MiB of memory|more memory|has not ended/,
    ],
    [
      "makes a list of very many numbers",
      "SELECT list(range) FROM range(50000000)",
      /took \d+ of 640 MiB of memory|more memory|has not ended|larger than/,
    ],
    [
      "has a large answer",
      "SELECT replace('0000000000', '0', md5(range::VARCHAR)) AS x FROM range(10000)",
      /larger than 0.25 MiB/,
    ],
    [
      "reads too many rows",
      "SELECT * FROM sys_journal",
      /reads more than 20 rows of sys_journal: narrow it by id = '…'/,
    ],
  ])("that %s is ended", async (_, query, message) => {
    const { status, body } = await ask(query);
    expect(body.message).toMatch(message);
    expect(status).toBe(500);
    expect(await call("still here")).toBe("still here");
    expect((await ask("SELECT 1 AS one")).body).toEqual({ rows: [{ one: 1 }] });
  });

  it("with many rows has a first part of them as its answer", async () => {
    const { body, headers } = await ask("SELECT range AS n FROM range(5000)");
    expect(body.rows).toHaveLength(1000);
    expect(body.rows[999]).toEqual({ n: 999 });
    expect(headers.get("x-rejoin-truncated")).toBe("true");
    const few = await ask("SELECT range AS n FROM range(1000)");
    expect(few.headers.get("x-rejoin-truncated")).toBeNull();
  });

  it("may read much of one invocation", async () => {
    const { body } = await ask("SELECT id FROM sys_invocation LIMIT 1");
    const query = `SELECT count(*) AS n FROM sys_journal WHERE id = '${body.rows[0].id}'`;
    expect((await ask(query)).body).toEqual({ rows: [{ n: 2 }] });
  });
});

it("refuses statements when too many run", async () => {
  const slow = "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(100) c";
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(slow)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(3);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
  expect(refused[0]?.body.message).toMatch(/2 statements run and 1 wait/);
  expect((await ask("SELECT 1 AS one")).status).toBe(200);
});

it("does not outlive the server", async () => {
  const quiet = () => undefined;
  const own = await start({ services: [echo], log: quiet, logger: quiet });
  const post = (query: string) =>
    fetch(`${own.adminUrl}/query`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query }),
    }).then((response) => response.status);
  expect(await post("SELECT 1")).toBe(200);
  const statements = [
    post("SELECT count(*) FROM range(1000000) a, range(1000000) b, range(100) c"),
    post("SELECT range FROM range(10000000) ORDER BY md5(range::VARCHAR)"),
    post("SELECT * FROM sys_journal"),
  ];
  // They have begun when one that came after them has been answered.
  const overview = await fetch(`${own.adminUrl}/overview`);
  expect(overview.status).toBe(200);
  await own.close();
  for (const status of await Promise.all(statements)) expect([200, 503]).toContain(status);
});
