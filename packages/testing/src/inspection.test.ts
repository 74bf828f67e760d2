import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createAdminClient, rpc } from "@rejoin/client";
import {
  type Context,
  type ObjectContext,
  object,
  serde,
  service,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestEnvironment, type TestEnvironment } from "./index.ts";

const leaf = service({
  name: "leaf",
  handlers: { double: async (_ctx: Context, value: number) => 2 * value },
});

const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: string) => {
      const items = (await ctx.get<string[]>("items")) ?? [];
      const price = await ctx.run("price", () => 21);
      ctx.set("items", [...items, item]);
      return ctx.serviceClient(leaf).double(price);
    },
    hold: async (ctx: ObjectContext) => {
      await ctx.sleep({ hours: 1 });
    },
  },
});

const signup = workflow({
  name: "signup",
  handlers: {
    run: async (ctx: WorkflowContext, email: string) => {
      await ctx.sleep({ days: 2 });
      const code = await ctx.promise<string>("code");
      return `${email} ${code}`;
    },
    confirm: async (ctx: WorkflowSharedContext, code: string) => {
      await ctx.promise<string>("code").resolve(code);
    },
  },
});

let env: TestEnvironment;
beforeEach(async () => {
  env = await createTestEnvironment({ services: [leaf, cart, signup] });
});
afterEach(() => env.close());

describe("state", () => {
  test("is read and written", async () => {
    const state = env.stateOf<{ items: string[]; note: string }>(cart, "a");
    expect(await state.getAll()).toEqual({});
    await state.set("items", ["egg"]);
    await state.set("note", "fragile");
    await env.client(cart, "a").add("milk");
    expect(await state.get("items")).toEqual(["egg", "milk"]);
    expect(await state.getAll()).toEqual({ items: ["egg", "milk"], note: "fragile" });
    await state.setAll({ items: [] });
    expect(await state.getAll()).toEqual({ items: [] });
    expect(await env.stateOf(cart, "b").getAll()).toEqual({});
  });

  test("is whatever its serde says", async () => {
    const state = env.stateOf("cart", "a");
    await state.set("raw", Uint8Array.of(1, 2), serde.binary);
    expect(await state.get("raw", serde.binary)).toEqual(Uint8Array.of(1, 2));
  });

  test("is not changed under a handler that has the object", async () => {
    await env.sendClient(cart, "a").hold();
    await env.settled();
    await expect(env.stateOf(cart, "a").set("x", 1)).rejects.toThrow(/cannot be set while inv_/);
    await env.runUntilIdle();
    await env.stateOf(cart, "a").set("x", 1);
    expect(await env.stateOf(cart, "a").get("x")).toBe(1);
  });
});

test("a journal shows what a handler did", async () => {
  expect(await env.client(cart, "a").add("milk")).toBe(42);
  const [invocation] = await env.invocations({ service: "cart" });
  expect(invocation).toMatchObject({ target: "cart/a/add", status: "completed", key: "a" });
  const journal = await env.journalOf(invocation?.id ?? "");
  expect(journal[0]).toMatchObject({ kind: "input", value: "milk" });
  const commands = journal.filter(({ isCommand }) => isCommand).map(({ text }) => text);
  expect(commands).toEqual([
    'input = "milk"',
    "getEagerState items",
    'run "price"',
    'setState items = ["milk"]',
    "call leaf/double = 21",
    "output = 42",
  ]);
  const [child] = await env.invocations({ service: "leaf" });
  expect(child).toMatchObject({ calledBy: invocation?.id, handler: "double" });
});

test("an invocation that is not there has no journal", async () => {
  await expect(env.journalOf("inv_1nothing")).rejects.toThrow();
});

test("a workflow runs through, with a promise that the test completes", async () => {
  const client = env.client(signup, "me");
  const { invocationId } = await client.workflowSubmit("me@example.org");
  await env.runUntilIdle();
  expect(await env.explainOpen()).toMatch(/signup\/me\/run .* awaits the durable promise "code"/);
  await client.confirm("1234");
  expect(await client.workflowAttach()).toBe("me@example.org 1234");
  expect(await env.attach(invocationId)).toBe("me@example.org 1234");
  expect(await env.explainOpen()).toBe("");
});

test("the result of a send can be waited for", async () => {
  const { invocationId } = await env.sendClient(leaf).double(4);
  await env.settled();
  expect(await env.attach(invocationId)).toBe(8);
});

test("a delayed send waits for its time", async () => {
  const before = env.now();
  await env.sendClient(cart, "a").add("later", rpc.sendOpts({ delay: { days: 1 } }));
  expect(await env.invocations({ status: "scheduled" })).toHaveLength(1);
  expect(await env.explainOpen()).toMatch(/cart\/a\/add .* is delayed until/);
  await env.runUntilIdle();
  expect(env.now() - before).toBe(86_400_000);
  expect(await env.stateOf(cart, "a").get("items")).toEqual(["later"]);
});

test("is reached over sockets too, also after a crash", async () => {
  const ingress = connect({ url: await env.ingressUrl() });
  const admin = createAdminClient({ url: await env.adminUrl() });
  expect(await ingress.objectClient(cart, "a").add("egg")).toBe(42);
  expect((await admin.listInvocations({ service: "cart" })).invocations).toHaveLength(1);
  await env.crash();
  expect(await ingress.objectClient(cart, "a").add("milk")).toBe(42);
  expect((await admin.listInvocations({ service: "cart" })).invocations).toHaveLength(2);
});

describe("a directory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "rejoin-testing-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("keeps the data, over crashes and environments", async () => {
    const options = { services: [leaf, cart], storage: { directory }, startTime: env.now() };
    let own = await createTestEnvironment(options);
    await own.client(cart, "a").add("egg");
    await own.sendClient(cart, "a").hold();
    await own.crash();
    await own.close();
    own = await createTestEnvironment(options);
    const call = own.client(cart, "a").add("milk");
    expect(await call).toBe(42);
    expect(await own.stateOf(cart, "a").get("items")).toEqual(["egg", "milk"]);
    await own.close();
  });
});

test("ids are the same for the same seed", async () => {
  const ids = [];
  for (const seed of [7, 7, 8]) {
    const own = await createTestEnvironment({ services: [leaf], seed, startTime: 1e12 });
    ids.push((await own.sendClient(leaf).double(1)).invocationId);
    await own.close();
  }
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
});

test("time that is real passes by itself", async () => {
  const own = await createTestEnvironment({ services: [cart, leaf], time: "real" });
  const before = Date.now();
  expect(own.now()).toBeGreaterThanOrEqual(before);
  expect(await own.client(cart, "a").add("egg")).toBe(42);
  await expect(own.advance(1)).rejects.toThrow(/time is real/);
  await own.close();
});
