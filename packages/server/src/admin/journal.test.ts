/** `/invocations/{id}/journal`: what a journal holds, on real sockets. */

import { decodeBody, encodeBody, parseInvocationId, randomSeedOf } from "@rejoin/protocol";
import { type Context, type ObjectContext, object, RestatePromise, service } from "@rejoin/sdk";
import { describe, expect, it } from "vitest";
import { PATIENCE, startServer, type TestServer } from "./testing/running-server.ts";

const LARGE = "x".repeat(3_000_000);

const worker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, text: string): Promise<string> => {
      const named = await ctx.run("greet", () => `hello ${text}`);
      await ctx.run("nothing", () => undefined);
      return named;
    },
    large: async (ctx: Context): Promise<number> => {
      const parts = [0, 1, 2].map((i) => ctx.run(`part ${i}`, () => LARGE));
      return (await RestatePromise.all(parts)).length;
    },
    refuse: async (ctx: Context): Promise<void> => {
      await ctx.run(
        "deny",
        () => {
          throw Object.assign(new Error("broken"), { fatal: true });
        },
        { maxRetryAttempts: 1 },
      );
    },
    nap: async (ctx: Context): Promise<void> => await ctx.sleep(3_600_000, "long"),
  },
});

const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx: ObjectContext, by: number): Promise<void> => {
      ctx.set("count", ((await ctx.get<number>("count")) ?? 0) + by);
      await ctx.sleep(3_600_000);
    },
  },
});

interface Entry {
  readonly index: number;
  readonly entry_type: string;
  readonly type: number;
  readonly name?: string;
  readonly body: string;
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const decode = ({ type, body }: Entry) => decodeBody(type, 0, bytesOf(body), 7);

async function run(server: TestServer, path: string, body?: unknown): Promise<string> {
  const { headers } = await server.invoke(path, body);
  return headers.get("x-restate-id") ?? "";
}

async function readAll(server: TestServer, id: string, query = ""): Promise<readonly Entry[][]> {
  const pages: Entry[][] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const { json }: { json: { entries: Entry[]; next?: number } } = await server.call(
      `GET /invocations/${id}/journal?from=${from}${query}`,
    );
    pages.push(json.entries);
    from = json.next;
  }
  return pages;
}

describe("GET /invocations/{id}/journal", () => {
  it("gives every entry as an endpoint is sent it", async () => {
    const server = await startServer({ services: [worker] });
    const id = await run(server, "/worker/run", "you");
    const { json } = await server.call(`GET /invocations/${id}/journal`);
    expect(json).toMatchObject({ id, journal_size: 6 });
    expect(json).not.toHaveProperty("start");
    const entries: readonly Entry[] = json.entries;
    expect(entries.map(({ entry_type, name }) => [entry_type, name])).toEqual([
      ["Command: Input", undefined],
      ["Command: Run", "greet"],
      ["Notification: Run", undefined],
      ["Command: Run", "nothing"],
      ["Notification: Run", undefined],
      ["Command: Output", undefined],
    ]);
    for (const entry of entries) {
      expect(Buffer.from(encodeBody(decode(entry), 7)).toString("base64")).toBe(entry.body);
    }
    const value = new TextEncoder().encode('"hello you"');
    expect(decode(entries[2] as Entry)).toMatchObject({ result: { kind: "value", value } });
    expect(decode(entries[5] as Entry)).toMatchObject({ result: { kind: "value", value } });
  });

  it("has pages that are bounded in entries and in bytes, large entries whole", async () => {
    const server = await startServer({ services: [worker] });
    const id = await run(server, "/worker/large");
    const pages = await readAll(server, id);
    expect(pages.flat().map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(pages.map((page) => page.length)).toEqual([5, 1, 2]);
    const sizes = pages.flat().map(({ body }) => bytesOf(body).length);
    expect(sizes.filter((size) => size > LARGE.length)).toHaveLength(3);
    expect(await readAll(server, id, "&limit=3")).toMatchObject([
      { length: 3 },
      { length: 2 },
      { length: 1 },
      { length: 2 },
    ]);
  });

  it("says what an attempt begins with", async () => {
    const server = await startServer({ services: [counter] });
    const { json: sent } = await server.invoke("/counter/k%2F1/add/send", 2, {
      "idempotency-key": "once",
    });
    const id: string = sent.invocationId;
    const path = `GET /invocations/${id}/journal?start=true`;
    await expect.poll(async () => (await server.call(path)).json.entries.length, PATIENCE).toBe(4);
    const { start } = (await server.call(path)).json;
    const { high, low } = randomSeedOf(parseInvocationId(id));
    expect(start).toMatchObject({ protocol_version: 7, key: "k/1", idempotency_key: "once" });
    expect(BigInt(`0x${start.random_seed}`)).toBe((BigInt(high) << 32n) | BigInt(low));
    expect(start.state).toMatchObject({ partial: false });
    expect(start.state.entries).toEqual([{ key: btoa("count"), value: btoa("2") }]);
  });

  it("refuses what it cannot read", async () => {
    const server = await startServer({ services: [worker] });
    const id = await run(server, "/worker/run", "you");
    const other = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
    expect((await server.call("GET /invocations/nope/journal")).status).toBe(400);
    expect((await server.call(`GET /invocations/${id}/journal?limit=0`)).status).toBe(400);
    expect((await server.call(`GET /invocations/${id}/journal?from=-1`)).status).toBe(400);
    expect([404, 400]).toContain((await server.call(`GET /invocations/${other}/journal`)).status);
    const beyond = await server.call(`GET /invocations/${id}/journal?from=100`);
    expect(beyond).toMatchObject({ status: 200, json: { entries: [] } });
    expect(beyond.json).not.toHaveProperty("next");
  });
});

describe("GET /invocations/{id}/journal/{index}", () => {
  it("gives the value of an entry as it is", async () => {
    const server = await startServer({ services: [worker] });
    const id = await run(server, "/worker/run", "you");
    const get = (index: number | string) => server.call(`GET /invocations/${id}/journal/${index}`);
    expect(await get(0)).toMatchObject({ status: 200, text: '"you"' });
    const output = await get(5);
    expect(output.text).toBe('"hello you"');
    expect(output.headers.get("content-type")).toBe("application/json");
    expect(output.headers.get("x-rejoin-value")).toBe("value");
    const nothing = await get(4);
    expect(nothing).toMatchObject({ status: 200, text: "" });
    expect(nothing.headers.get("content-type")).toBe("application/octet-stream");
    expect(await get(1)).toMatchObject({
      status: 404,
      json: { message: `entry 1 of ${id}, run, has no value` },
    });
    expect((await get(6)).json.message).toContain("has 6 entries, and none at 6");
    expect((await get("x")).status).toBe(400);
  });

  it("gives a failure as JSON that says so", async () => {
    const server = await startServer({ services: [worker] });
    const id = await run(server, "/worker/refuse");
    const answer = await server.call(`GET /invocations/${id}/journal/2`);
    expect(answer).toMatchObject({ status: 200, json: { code: 500, message: "broken" } });
    expect(answer.headers.get("x-rejoin-value")).toBe("failure");
  });
});
