/** Summaries, children, the overview, objects and their state, as a client sees them. */
import { type Context, type ObjectContext, object, service, TerminalError } from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, start } from "../start.ts";

const fan = service({
  name: "fan",
  handlers: {
    run: async (ctx: Context, count: number): Promise<number> => {
      const leaf = () =>
        ctx.serviceClient<{ leaf: (ctx: Context, i: number) => Promise<number> }>({ name: "fan" });
      await Promise.allSettled(Array.from({ length: count }, (_, i) => leaf().leaf(i)));
      return count;
    },
    leaf: async (_ctx: Context, i: number): Promise<number> => {
      if (i % 4 === 1) throw new TerminalError(`bad luck\nof ${i}`, { errorCode: 418 });
      return i;
    },
    later: async (): Promise<void> => undefined,
  },
});

const cart = object({
  name: "cart",
  handlers: {
    set: async (ctx: ObjectContext, value: unknown): Promise<void> => ctx.set("value", value),
    clear: async (ctx: ObjectContext): Promise<void> => ctx.clearAll(),
    hold: async (ctx: ObjectContext): Promise<void> => {
      await ctx.awakeable().promise;
    },
  },
});

let server: RunningServer;

beforeAll(async () => {
  const quiet = () => undefined;
  server = await start({ services: [fan, cart], log: quiet, logger: quiet, drainTimeoutMs: 1 });
  await call("fan/run", 8);
  await call("fan/later/send?delay=1h");
  for (const key of ["a/b c%2Fd", "apple", "apricot", "banana", "ä"]) {
    await call(`cart/${encodeURIComponent(key)}/set`, { [key]: 1 });
  }
  await call("cart/gone/set", 1);
  await call("cart/gone/clear");
  await call("cart/held/hold/send");
  await call("cart/held/set/send", 2);
  await call("cart/held/set/send", 3);
  await call("restate/scope/tenant/cart/apple/set", 4).catch(() => undefined);
});

afterAll(() => server.close());

async function call(path: string, body: unknown = null): Promise<void> {
  const response = await fetch(`${server.ingressUrl}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${text}`);
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
async function get(path: string): Promise<{ status: number; text: string; json: any }> {
  const response = await fetch(server.adminUrl + path);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
}

async function idOf(target: string): Promise<string> {
  const { json } = await get(`/invocations?target=${target}&limit=1`);
  return json.invocations[0].id;
}

describe("GET /invocations", () => {
  it("takes filters, in any combination", async () => {
    const count = async (query: string) => {
      const { json } = await get(`/invocations?total=true&${query}`);
      expect(json).toMatchObject({ complete: true, total: json.invocations.length });
      return json.total;
    };
    expect(await count("handler=leaf")).toBe(8);
    expect(await count("handler=leaf,run&status=completed")).toBe(9);
    expect(await count("error=BAD+LUCK&completion_result=failure")).toBe(2);
    expect(await count("status=scheduled,suspended")).toBe(1);
    expect(await count("status=ready,backing-off")).toBe(0);
    expect(await count("service=cart&key=apple")).toBeGreaterThanOrEqual(1);
    expect(await count(`parent=${await idOf("fan/run")}&handler=leaf`)).toBe(8);
    expect(await count(`root=${await idOf("fan/run")}`)).toBe(9);
    expect(await count("invoked_by=service")).toBe(8);
    expect(await count(`id=${await idOf("fan/run")}`)).toBe(1);
    expect(await count("created_after=2020-01-01T00:00:00Z&handler=run")).toBe(1);
    expect(await count("created_before=1577836800000")).toBe(0);
  });

  it("goes on where a page has ended", async () => {
    const seen: string[] = [];
    for (let after = ""; ; ) {
      const { json } = await get(`/invocations?handler=leaf&limit=3&order=oldest${after}`);
      seen.push(...json.invocations.map(({ id }: { id: string }) => id));
      if (json.next === undefined) break;
      after = `&after=${json.next}`;
    }
    const whole = await get("/invocations?handler=leaf&order=oldest");
    expect(seen).toEqual(whole.json.invocations.map(({ id }: { id: string }) => id));
    expect(seen).toHaveLength(8);
  });

  it.each([
    "status=lost",
    "order=sideways",
    "after=c_nonsense",
    "after=c_WzEsMl0",
    "after=nothing",
    "parent=bogus",
    "created_after=yesterday",
    "limit=0",
    "total=maybe",
  ])("refuses %s", async (query) => {
    expect((await get(`/invocations?${query}`)).status).toBe(400);
  });
});

describe("GET /invocations/summary", () => {
  it("counts what is alike", async () => {
    const { json } = await get("/invocations/summary?service=fan&group_by=handler,status");
    expect(json).toMatchObject({ total: 10, complete: true });
    expect(json.groups[0]).toMatchObject({
      handler: "leaf",
      status: "completed",
      count: 8,
      oldest_created_at: expect.stringMatching(/Z$/),
    });
    expect(json.groups[0].sample_ids).toHaveLength(5);
    expect(json.groups).toContainEqual(
      expect.objectContaining({ handler: "later", status: "scheduled", count: 1 }),
    );
  });

  it("counts failures by their first line", async () => {
    const { json } = await get("/invocations/summary?handler=leaf&group_by=failure");
    expect(json.groups).toEqual([
      expect.not.objectContaining({ failure: expect.anything() }),
      expect.objectContaining({ failure: "bad luck", failure_code: 418, count: 2 }),
    ]);
    expect((await get("/invocations/summary?group_by=mood")).status).toBe(400);
  });

  it("groups by status unless it is told otherwise, and shows the largest groups", async () => {
    const { json } = await get("/invocations/summary?limit=1");
    expect(json.groups).toEqual([expect.objectContaining({ status: "completed" })]);
    expect(json.groups_truncated).toBe(true);
  });
});

describe("GET /invocations/{id}/children", () => {
  it("shows how far a fan-out is", async () => {
    const { json } = await get(`/invocations/${await idOf("fan/run")}/children?limit=3`);
    expect(json.summary).toMatchObject({
      total: 8,
      by_status: { completed: 8 },
      succeeded: 6,
      failed: 2,
      completed_last_60s: 8,
    });
    expect(json.failures).toEqual([
      { message: "bad luck", code: 418, count: 2, sample_ids: expect.any(Array) },
    ]);
    expect(json.invocations).toHaveLength(3);
    const rest = await get(`/invocations/${await idOf("fan/run")}/children?after=${json.next}`);
    expect(rest.json.invocations).toHaveLength(5);
    const failed = await get(`/invocations/${await idOf("fan/run")}/children?failed=true`);
    expect(failed.json.invocations).toHaveLength(2);
    expect(failed.json.summary.total).toBe(8);
  });

  it("tells one without children from one that is not there", async () => {
    const none = await get(`/invocations/${await idOf("fan/leaf")}/children`);
    expect(none).toMatchObject({ status: 200, json: { invocations: [], summary: { total: 0 } } });
    const unknown = await get("/invocations/inv_12kpUQONmeFb2WqsVOkAjH4phS34cOyIC8/children");
    expect(unknown).toMatchObject({ status: 404 });
    expect((await get("/invocations/bogus/children")).status).toBe(400);
  });
});

it("GET /overview tells how the server is doing", async () => {
  const { json } = await get("/overview");
  expect(json).toMatchObject({ complete: true, deployments: 1 });
  expect(json.invocations.by_status).toMatchObject({ scheduled: 1, running: 1, pending: 2 });
  const [first] = json.invocations.by_service;
  expect(first.total).toBe(
    Object.values(first.by_status as Record<string, number>).reduce((a, b) => a + b),
  );
  expect(json.completed.last_hour).toHaveLength(60);
  expect(json.completed.last_minute.failed).toBe(2);
  expect(json.stuck).toEqual([]);
});

describe("GET /services/{service}/objects", () => {
  it("lists what has something stored, in order, by pages", async () => {
    const { json } = await get("/services/cart/objects");
    expect(json.objects.map(({ key }: { key: string }) => key)).toEqual([
      "a/b c%2Fd",
      "apple",
      "apricot",
      "banana",
      "held",
      "ä",
    ]);
    expect(json.objects[1]).toEqual({
      key: "apple",
      state_keys: 1,
      state_bytes: 11,
      inbox_length: 0,
    });
    expect(json.objects[4]).toEqual({
      key: "held",
      state_keys: 0,
      state_bytes: 0,
      locked_by: await idOf("cart/held/hold"),
      inbox_length: 2,
    });
    const page = await get("/services/cart/objects?limit=2&prefix=a");
    expect(page.json.objects.map(({ key }: { key: string }) => key)).toEqual([
      "a/b c%2Fd",
      "apple",
    ]);
    const rest = await get(`/services/cart/objects?limit=2&prefix=a&after=${page.json.next}`);
    expect(rest.json.objects.map(({ key }: { key: string }) => key)).toEqual(["apricot"]);
    expect(rest.json.next).toBeUndefined();
  });

  it("refuses what has none", async () => {
    expect((await get("/services/fan/objects")).status).toBe(400);
    expect((await get("/services/none/objects")).status).toBe(404);
    expect((await get("/services/cart/objects?after=c_W10")).status).toBe(400);
    expect((await get("/services/cart/objects?scope=other")).json).toEqual({ objects: [] });
  });

  it("shows the state of one, and takes its version for a change of it", async () => {
    const path = `/services/cart/objects/${encodeURIComponent("a/b c%2Fd")}/state`;
    const { json } = await get(path);
    expect(json.entries).toEqual([
      {
        key: "value",
        value: Buffer.from('{"a/b c%2Fd":1}').toString("base64"),
        value_utf8: '{"a/b c%2Fd":1}',
        value_json: { "a/b c%2Fd": 1 },
        length: 15,
      },
    ]);
    const change = {
      object_key: "a/b c%2Fd",
      new_state: { one: [0xff, 1], two: [34, 120, 34] },
      version: json.version,
    };
    const changed = await fetch(`${server.adminUrl}/services/cart/state`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });
    expect(changed.status).toBe(202);
    const after = await get(`${path}?value_bytes=2`);
    expect(after.json.entries).toEqual([
      { key: "one", value: "/wE=", length: 2 },
      { key: "two", value: "Ing=", length: 3, truncated: true },
    ]);
    const one = await get(`${path}?state_key=two`);
    expect(one.json.entries).toEqual([expect.objectContaining({ value_json: "x" })]);
    expect(one.json.version).toBeUndefined();
    expect((await get(`${path}?state_key=three`)).status).toBe(404);
    const first = await get(`${path}?limit=1`);
    expect(first.json).toMatchObject({ entries: [{ key: "one" }], next: expect.any(String) });
    expect(first.json.version).toBeUndefined();
    const second = await get(`${path}?limit=1&after=${first.json.next}`);
    expect(second.json.entries).toEqual([expect.objectContaining({ key: "two" })]);
    expect(second.json.next).toBeUndefined();
  });
});
