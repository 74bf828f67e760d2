/** SQL over a real server: what the tables hold, and how answers are written. */
import {
  type Context,
  type ObjectContext,
  object,
  service,
  TerminalError,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATIENCE } from "../admin/testing/running-server.ts";
import { type RunningServer, start } from "../start.ts";
import { SQL_TABLES } from "./sql/tables.ts";

const fan = service({
  name: "fan",
  handlers: {
    run: async (ctx: Context, count: number): Promise<number> => {
      const calls = Array.from({ length: count }, (_, i) =>
        ctx
          .serviceClient<{ leaf: (ctx: Context, i: number) => Promise<number> }>({ name: "fan" })
          .leaf(i),
      );
      await Promise.allSettled(calls);
      await ctx.run("side", () => "done");
      await ctx.sleep(1, "nap");
      return count;
    },
    leaf: async (_ctx: Context, i: number): Promise<number> => {
      if (i === 0) throw new TerminalError("bad luck", { errorCode: 418 });
      return i;
    },
    fail: async (): Promise<void> => {
      throw new Error("out of stock\nsecond line");
    },
    wait: async (ctx: Context): Promise<void> => {
      await ctx.awakeable().promise;
    },
  },
});

const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: string): Promise<void> => {
      ctx.set("item", item);
      ctx.set("count", 1);
    },
    clear: async (ctx: ObjectContext): Promise<void> => ctx.clearAll(),
    hold: async (ctx: ObjectContext): Promise<void> => {
      await ctx.awakeable().promise;
    },
  },
});

const signup = workflow({
  name: "signup",
  handlers: {
    run: async (ctx: WorkflowContext): Promise<string> => ctx.promise<string>("confirmed"),
    confirm: async (ctx: WorkflowSharedContext, by: string): Promise<void> => {
      await ctx.promise<string>("confirmed").resolve(by);
    },
  },
});

let server: RunningServer;

beforeAll(async () => {
  const quiet = () => undefined;
  const services = [fan, cart, signup];
  server = await start({ services, log: quiet, logger: quiet, drainTimeoutMs: 1 });
  await call("fan/run", 3);
  await call("fan/fail/send");
  await call("fan/wait/send");
  await call("cart/apple/add", "juicy");
  await call("cart/gone/add", "juicy");
  await call("cart/gone/clear");
  await call("cart/held/hold/send");
  await call("cart/held/add/send", "late");
  await call("signup/ann/run/send");
  await call("signup/ann/confirm", "mail");
  await call("fan/leaf/send?delay=1h", 1);
});

afterAll(() => server.close());

async function call(path: string, body: unknown = null): Promise<void> {
  const response = await fetch(`${server.ingressUrl}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  await response.arrayBuffer();
}

function post(query: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.adminUrl}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
async function rows(query: string): Promise<any[]> {
  const response = await post(query, { accept: "application/json" });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  const body: any = await response.json();
  expect(body, query).toEqual({ rows: expect.any(Array) });
  return body.rows;
}

async function refusal(query: string): Promise<{ status: number; message: string }> {
  const response = await post(query, { accept: "application/json" });
  const { message } = (await response.json()) as { message: string };
  return { status: response.status, message };
}

async function arrow(query: string) {
  const response = await post(query);
  expect(response.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
  return tableFromIPC(new Uint8Array(await response.arrayBuffer()));
}

const COLUMNS = `id vqueue_id target target_service_name target_service_key target_handler_name
  target_service_ty scope limit_key idempotency_key invoked_by invoked_by_service_name invoked_by_id
  invoked_by_subscription_id invoked_by_target restarted_from pinned_deployment_id
  pinned_service_protocol_version trace_id journal_size journal_commands_size created_at
  created_using_restate_version modified_at inboxed_at scheduled_at scheduled_start_at running_at
  completed_at completion_retention journal_retention suspended_waiting_for_completions
  suspended_waiting_for_signals suspended_waiting_future_json retry_count last_start_at next_retry_at
  last_attempt_deployment_id last_attempt_server last_failure last_failure_error_code
  last_failure_related_entry_index last_failure_related_entry_name last_failure_related_entry_type
  last_failure_related_command_index last_failure_related_command_name
  last_failure_related_command_type last_awaiting_on_future_json status completion_result
  completion_failure`.split(/\s+/);

describe("invocations", () => {
  it("have the columns of the ecosystem's tables, in order and with their types", async () => {
    const table = await arrow("SELECT * FROM sys_invocation");
    expect(table.schema.fields.map(({ name }) => name)).toEqual(COLUMNS);
    const types = Object.fromEntries(
      table.schema.fields.map(({ name, type }) => [name, `${type}`]),
    );
    expect(types).toMatchObject({
      id: "LargeUtf8",
      journal_size: "Uint32",
      retry_count: "Uint64",
      created_at: "Timestamp<MILLISECOND, +00:00>",
      completion_retention: "Duration<MILLISECOND>",
      suspended_waiting_for_signals: "List<Uint32>",
    });
    expect((await arrow("SELECT * FROM sys_invocation_status")).schema.fields).toHaveLength(38);
    expect((await arrow("SELECT * FROM sys_invocation_state")).schema.fields).toHaveLength(17);
  });

  it("are in the state that they are in", async () => {
    const query = `SELECT target, status FROM sys_invocation
      WHERE target_handler_name IN ('run', 'fail', 'hold') OR target LIKE 'cart/held/%'
        OR scheduled_start_at IS NOT NULL ORDER BY target`;
    const status = async () =>
      Object.fromEntries((await rows(query)).map((row) => [row.target, row.status]));
    await expect.poll(status, PATIENCE).toMatchObject({ "fan/fail": "backing-off" });
    expect(await status()).toEqual({
      "cart/held/add": "pending",
      "cart/held/hold": "running",
      "fan/fail": "backing-off",
      "fan/leaf": "scheduled",
      "fan/run": "completed",
      "signup/ann/run": "completed",
    });
  });

  it("tell who called them, and how they ended", async () => {
    const [failed] = await rows(`SELECT * FROM sys_invocation WHERE completion_result = 'failure'`);
    expect(failed).toMatchObject({
      target: "fan/leaf",
      target_service_ty: "service",
      invoked_by: "service",
      invoked_by_service_name: "fan",
      invoked_by_target: "fan/run",
      completion_failure: "[418] bad luck",
      completion_retention: "PT86400S",
      journal_size: 2,
      pinned_service_protocol_version: 7,
    });
    expect(failed.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(failed).not.toHaveProperty("scope");
    const [run] = await rows(`SELECT * FROM sys_invocation WHERE target = 'signup/ann/run'`);
    expect(run).toMatchObject({ target_service_ty: "workflow", target_service_key: "ann" });
    const [shared] = await rows(`SELECT * FROM sys_invocation WHERE target = 'signup/ann/confirm'`);
    expect(shared).toMatchObject({ target_service_ty: "workflow", invoked_by: "ingress" });
  });

  it("tell why they are tried again", async () => {
    const query = "SELECT * FROM sys_invocation_state WHERE last_failure IS NOT NULL";
    const [state] = await rows(query);
    expect(state.last_failure).toMatch(/^\[500 Internal\] out of stock\nsecond line/);
    expect(state).toMatchObject({ last_failure_error_code: "RT0007" });
    expect(state.retry_count).toBeGreaterThanOrEqual(1);
    const [event] = await rows("SELECT * FROM sys_journal_events");
    expect(event).toMatchObject({ event_type: "TransientError", after_journal_entry_index: 0 });
    expect(JSON.parse(event.event_json)).toMatchObject({
      ty: "TransientError",
      error_code: 500,
      error_message: "out of stock\nsecond line",
      restate_doc_error_code: "RT0007",
    });
  });

  it("are there as soon as their callers know of it", async () => {
    const count = "SELECT COUNT(*) FROM sys_invocation WHERE status = 'completed'";
    for (let i = 0; i < 3; i++) {
      const [before] = await rows(count);
      await call("fan/leaf", 1);
      const [after] = await rows(count);
      expect(after["count(*)"]).toBe(before["count(*)"] + 1);
    }
  });
});

describe("journals", () => {
  it("are written as their shapes have it", async () => {
    const [{ id }] = await rows("SELECT id FROM sys_invocation WHERE target = 'fan/run'");
    const journal = await rows(`SELECT * FROM sys_journal WHERE id = '${id}' ORDER BY index`);
    const entry = (type: string) => journal.find(({ entry_type }) => entry_type === type);
    const full = (type: string) => JSON.parse(entry(type).entry_json);
    const lite = (type: string) => JSON.parse(entry(type).entry_lite_json);
    expect(journal.map(({ index }) => index)).toEqual(journal.map((_, i) => i));
    expect(full("Command: Input").Command.Input).toMatchObject({ payload: [51], name: "" });
    expect(lite("Command: Input")).toEqual({ Command: { Input: {} } });
    const { Call } = full("Command: Call").Command;
    expect(Call).toMatchObject({
      request: {
        invocation_target: { Service: { name: "fan", handler: "leaf", scope: null } },
        parameter: [48],
        idempotency_key: null,
      },
      invocation_id_completion_id: 1,
      result_completion_id: 2,
      name: "",
    });
    expect(Call.request.invocation_id).toMatch(/^inv_1/);
    expect(lite("Command: Call").Command.Call).toMatchObject({
      invocation_id: Call.request.invocation_id,
      result_completion_id: 2,
    });
    expect(full("Notification: CallInvocationId").Notification.Completion).toEqual({
      CallInvocationId: { completion_id: 1, invocation_id: Call.request.invocation_id },
    });
    expect(lite("Notification: CallInvocationId").Notification).toEqual({
      ty: { Completion: "CallInvocationId" },
      id: { CompletionId: 1 },
      result: "InvocationId",
    });
    expect(full("Notification: Call").Notification.Completion.Call).toMatchObject({
      completion_id: 2,
      result: { Failure: { code: 418, message: "bad luck", metadata: [] } },
    });
    expect(full("Command: Run").Command.Run).toMatchObject({ name: "side" });
    expect(full("Command: Sleep").Command.Sleep).toMatchObject({ name: "nap" });
    expect(lite("Command: Sleep").Command.Sleep.wake_up_time).toBeGreaterThan(1.7e12);
    expect(lite("Notification: Run").Notification.result).toBe("Success");
    expect(lite("Notification: Sleep").Notification.result).toBe("Void");
    expect(full("Command: Output").Command.Output).toEqual({ result: { Success: [51] }, name: "" });
    expect(entry("Command: Run")).toMatchObject({ name: "side", version: 2 });
    expect(entry("Command: Run").raw).toMatch(/^([0-9a-f]{2})+$/);
  });

  it("are read of all invocations together, if there are few", async () => {
    const [{ n }] = await rows(
      "SELECT count(DISTINCT id) AS n FROM sys_journal WHERE entry_type = 'Command: Input'",
    );
    const [{ all }] = await rows("SELECT count(*) AS all FROM sys_invocation");
    expect(n).toBe(all);
  });

  it("hold payloads of any size", async () => {
    const text = "x".repeat(200_000);
    await call("cart/big/add", text);
    const [row] = await rows(`SELECT raw_length, entry_json FROM sys_journal j
      JOIN sys_invocation i ON i.id = j.id WHERE i.target = 'cart/big/add' AND j.index = 0`);
    expect(row.raw_length).toBeGreaterThan(200_000);
    expect(JSON.parse(row.entry_json).Command.Input.payload).toHaveLength(200_002);
  });
});

describe("objects", () => {
  it("have state", async () => {
    const query = "SELECT * FROM state WHERE service_name = 'cart' AND service_key = 'apple'";
    expect(await rows(query)).toEqual([
      expect.objectContaining({ key: "count", value_utf8: "1", value: "31", value_length: 1 }),
      expect.objectContaining({ key: "item", key_length: 4, value_utf8: '"juicy"' }),
    ]);
    expect(await rows("SELECT * FROM state WHERE service_key = 'gone'")).toEqual([]);
    const narrowed =
      "SELECT DISTINCT service_key FROM state WHERE service_name IN ('cart', 'none')";
    expect((await rows(narrowed)).length).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ["SEMI JOIN state t ON s.service_key <> t.service_key", "service_key", ["apple"]],
    ["ANTI JOIN state t ON s.service_key <> t.service_key", "service_key", []],
    ["ASOF JOIN state t ON s.service_key >= t.service_key", "t.service_key", ["apple"]],
    ["LEFT JOIN state t ON s.service_key < t.service_key", "s.service_key", ["apple"]],
    ["FULL JOIN state t USING (service_key)", "service_key", ["apple"]],
  ])("are told apart by all of the other side of %s", async (join, column, keys) => {
    const query = `SELECT DISTINCT s.service_key FROM state s ${join} WHERE ${column} = 'apple'`;
    const found = await rows(query);
    expect(found.map(({ service_key }: { service_key: string }) => service_key)).toEqual(keys);
  });

  it("are held, and waited for", async () => {
    const [held] = await rows("SELECT * FROM sys_keyed_service_status");
    const [lock] = await rows("SELECT * FROM sys_locks");
    const [waits] = await rows("SELECT * FROM sys_inbox");
    expect(held).toMatchObject({ service_name: "cart", service_key: "held" });
    expect(lock).toMatchObject({ lock_name: "cart/held", acquired_by: held.invocation_id });
    expect(waits).toMatchObject({ service_name: "cart", service_key: "held", sequence_number: 1 });
    const [waiting] = await rows(`SELECT target FROM sys_invocation WHERE id = '${waits.id}'`);
    expect(waiting).toEqual({ target: "cart/held/add" });
  });

  it("have promises, if they are workflows", async () => {
    expect(await rows("SELECT * FROM sys_promise")).toEqual([
      expect.objectContaining({
        service_name: "signup",
        service_key: "ann",
        key: "confirmed",
        completed: true,
        completion_success_value_utf8: '"mail"',
      }),
    ]);
  });
});

describe("what is registered", () => {
  it("is in tables", async () => {
    const services = await rows("SELECT name, ty, revision, public FROM sys_service ORDER BY name");
    expect(services).toEqual([
      { name: "cart", ty: "virtual_object", revision: 1, public: true },
      { name: "fan", ty: "service", revision: 1, public: true },
      { name: "signup", ty: "workflow", revision: 1, public: true },
    ]);
    const [deployment] = await rows(`SELECT d.* FROM sys_deployment d
      JOIN sys_service s ON s.deployment_id = d.id WHERE s.name = 'fan'`);
    expect(deployment).toMatchObject({ ty: "http", services: ["fan", "cart", "signup"] });
  });

  it.each(Object.keys(SQL_TABLES))("%s has its columns, also in Arrow", async (name) => {
    const names = SQL_TABLES[name]?.map((column) => column.name);
    const table = await arrow(`SELECT * FROM ${name}`);
    expect(table.schema.fields.map((field) => field.name)).toEqual(names);
    const listed = await rows(`SELECT column_name FROM information_schema.columns
      WHERE table_catalog = 'restate' AND table_schema = 'public' AND table_name = '${name}'`);
    expect(listed.map((row) => row.column_name)).toEqual(names);
  });
});

describe("statements", () => {
  it.each([
    [
      "SELECT COUNT(1) FROM sys_invocation inv WHERE inv.status == 'scheduled'",
      [{ "count(1)": 1 }],
    ],
    ["SELECT COUNT(*) FROM restate.public.sys_service", [{ "count(*)": 3 }]],
    [
      `SELECT inv.target, dp.id IS NOT NULL AS known FROM sys_invocation_status inv
        LEFT JOIN sys_deployment dp ON dp.id = inv.pinned_deployment_id
        WHERE inv.target = 'fan/run' ORDER BY inv.created_at DESC LIMIT 1`,
      [{ target: "fan/run", known: true }],
    ],
    [
      `SELECT ss.target_handler_name AS handler, COUNT(id) AS n, FIRST_VALUE(id ORDER BY created_at) IS NOT NULL AS first
        FROM sys_invocation_status ss WHERE ss.target_service_name IN ('cart')
        GROUP BY ss.target_handler_name HAVING handler = 'hold'`,
      [{ handler: "hold", n: 1, first: true }],
    ],
    [
      "SELECT first_value(name) AS f FROM (SELECT name FROM sys_service ORDER BY name)",
      [{ f: "cart" }],
    ],
    [
      "WITH names AS (SELECT name FROM sys_service) SELECT name FROM names ORDER BY name LIMIT 1",
      [{ name: "cart" }],
    ],
    [
      "SELECT count(*) FILTER (WHERE status = 'scheduled') AS s, max(created_at) > now() - interval '1 hour' AS r FROM sys_invocation",
      [{ s: 1, r: true }],
    ],
    [
      `SELECT count(*) AS n FROM (SELECT date_bin(interval '1 day', created_at) AS day FROM sys_invocation)
        WHERE to_unixtime(day) % 86400 = 0 AND day > '2020-01-01T00:00:00Z'`,
      [{ n: expect.any(Number) }],
    ],
    ["SELECT event_json->>'error_code' AS code FROM sys_journal_events LIMIT 1", [{ code: "500" }]],
    [
      "SELECT name FROM sys_service EXCEPT SELECT 'fan' ORDER BY 1",
      [{ name: "cart" }, { name: "signup" }],
    ],
    [
      "SELECT 'ä.restate' AS a, name FROM public.sys_service WHERE name = 'fan'",
      [{ a: "ä.restate", name: "fan" }],
    ],
    [
      "DESCRIBE sys_rules",
      expect.arrayContaining([expect.objectContaining({ column_name: "pattern" })]),
    ],
    ["SHOW TABLES", expect.arrayContaining([expect.objectContaining({ table_name: "state" })])],
  ])("%s", async (query, expected) => {
    expect(await rows(query)).toEqual(expected);
  });

  it("are answered with values as JSON has them", async () => {
    const query = `SELECT 9007199254740993 AS big, 1.5 AS d, true AS b, NULL AS n, [1, 2] AS l,
      'ab'::BLOB AS bin, to_milliseconds(86400000) AS day, to_milliseconds(1) AS ms,
      to_milliseconds(0) AS zero, 'nan'::DOUBLE AS nan, TIMESTAMPTZ '2026-11-21 17:34:33.983Z' AS at`;
    const response = await post(query, { accept: "application/json" });
    expect(await response.text()).toBe(
      '{"rows":[{"big":9007199254740993,"d":1.5,"b":true,"l":[1,2],"bin":"6162","day":"PT86400S",' +
        '"ms":"PT0.001S","zero":"P0D","at":"2026-11-21T17:34:33.983Z"}]}',
    );
  });

  it("are answered with values as Arrow has them", async () => {
    const table = await arrow(`SELECT count(*) AS n, sum(1::UINTEGER) AS s, 'ab'::BLOB AS bin,
      to_milliseconds(7) AS ms, [1::UINTEGER] AS l, NULL::VARCHAR AS nothing,
      TIMESTAMPTZ '2026-11-21 17:34:33.983Z' AS at, 1 AS n FROM sys_service`);
    const [n, s, bin, ms, l, nothing, at, again] = table.schema.fields.map((_, i) =>
      table.getChildAt(i)?.get(0),
    );
    expect([n, s, ms, again]).toEqual([3n, 3n, 7n, 1n]);
    expect(Buffer.from(bin).toString()).toBe("ab");
    expect([...l]).toEqual([1]);
    expect(nothing).toBeNull();
    expect(at).toBe(Date.parse("2026-11-21T17:34:33.983Z"));
  });
});

describe("a statement that is not taken", () => {
  it.each([
    ["selec 1", 'syntax error at or near "selec", at character 1'],
    ["SELECT nope FROM sys_invocation", 'Referenced column "nope" not found'],
    ["SELECT * FROM nope", "there is no table nope"],
    [
      "SELECT * FROM headers, (WITH headers AS (SELECT 1) SELECT 1) t",
      "a query cannot be called headers",
    ],
    [
      "SELECT * FROM duckdb_settings, (WITH duckdb_settings AS (SELECT 1) SELECT 1) t",
      "a query cannot be called duckdb_settings",
    ],
    ["SELECT nope(1)", "nope does not exist"],
    ["", "the statement is empty"],
    ["SELECT 1; SELECT 2", "only one statement"],
    ["SELECT * FROM sys_journal WHERE id = 'bogus'", '"bogus" is no invocation id'],
    ["COPY sys_service TO '/tmp/out'", "only SELECT statements"],
    ["CREATE TABLE t AS SELECT 1", "only SELECT statements"],
    ["DROP TABLE headers", "only SELECT statements"],
    ["ATTACH 'other.db'", "only SELECT statements"],
    ["INSTALL httpfs", "only SELECT statements"],
    ["LOAD httpfs", "only SELECT statements"],
    ["PRAGMA database_list", "only SELECT statements"],
    ["SET memory_limit = '100GB'", "only SELECT statements"],
    ["SELECT * FROM read_csv('/etc/passwd')", "there is no table function read_csv"],
    ["SELECT * FROM read_text('/etc/passwd')", "there is no table function read_text"],
    ["SELECT * FROM glob('/*')", "there is no table function glob"],
    ["SELECT * FROM '/etc/passwd'", "there is no table /etc/passwd"],
    ['SELECT * FROM "/etc/passwd.csv"', "there is no table /etc/passwd.csv"],
    ["SELECT * FROM query('SELECT 1')", "there is no table function query"],
    ["SELECT * FROM duckdb_settings()", "there is no table function duckdb_settings"],
    ["SELECT * FROM headers", "there is no table headers"],
    ["SELECT * FROM temp.main.in_flight", "there is no table temp.main.in_flight"],
    ["SELECT * FROM information_schema.character_sets", "there is no table information_schema"],
    ["SELECT length(repeat('x', 1000000000))", "the function repeat cannot be used"],
    ["SELECT len(range(1000000000))", "the function range cannot be used"],
    ["SELECT current_setting('memory_limit')", "cannot be used"],
    ["SUMMARIZE sys_service", "cannot have a show_ref"],
    [`SELECT ${"(".repeat(5000)}1${")".repeat(5000)}`, "nested deeper"],
    [`SELECT 1${"+1".repeat(200)}`, "nested too deeply"],
    [`SELECT 1${"+1".repeat(900)}`, "nested too deeply"],
    [`SELECT 1${"+1".repeat(5000)}`, "nested too deeply"],
    [`SELECT 1 ${"UNION SELECT 1 ".repeat(5000)}`, "at most"],
    [`SELECT ${"NOT ".repeat(5000)} true`, "at most"],
    [`SELECT '${"x".repeat(200_000)}'`, "characters; at most"],
  ])("%s", async (query, message) => {
    expect(await refusal(query)).toEqual({
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  it("has to be text", async () => {
    expect((await post(7)).status).toBe(422);
    expect((await post(undefined)).status).toBe(422);
  });
});
