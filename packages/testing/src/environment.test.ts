import { readFile } from "node:fs/promises";
import { type Context, type ObjectContext, object, service } from "@rejoin/sdk";
import { afterEach, expect, test } from "vitest";
import {
  createTestEnvironment,
  type TestEnvironment,
  type TestEnvironmentOptions,
} from "./index.ts";

const greeter = service({
  name: "greeter",
  handlers: {
    greet: async (_ctx: Context, name: string) => `hello ${name}`,
    later: async (ctx: Context, days: number) => {
      const before = await ctx.date.now();
      await ctx.sleep({ days });
      return (await ctx.date.now()) - before;
    },
    fetchSlowly: async (ctx: Context) => {
      const slow = await ctx.run("slow", async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return "slow";
      });
      await ctx.sleep({ hours: 1 });
      return slow;
    },
  },
});

const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx: ObjectContext, by: number) => {
      const value = ((await ctx.get<number>("value")) ?? 0) + by;
      ctx.set("value", value);
      return value;
    },
    addLater: async (ctx: ObjectContext, by: number) => {
      await ctx.sleep({ minutes: 10 });
      ctx.set("value", by);
    },
  },
});

let env: TestEnvironment;
afterEach(() => env.close());

async function start(options: Partial<TestEnvironmentOptions> = {}): Promise<TestEnvironment> {
  env = await createTestEnvironment({ services: [greeter, counter], ...options });
  return env;
}

test("answers a call", async () => {
  await start();
  expect(await env.client(greeter).greet("you")).toBe("hello you");
});

test("a sleep of years takes no time", async () => {
  await start();
  const before = env.now();
  expect(await env.client(greeter).later(3650)).toBe(3650 * 86_400_000);
  expect(env.now() - before).toBe(3650 * 86_400_000);
});

test("time stands still while nobody waits", async () => {
  await start();
  const before = env.now();
  await env.sendClient(counter, "a").addLater(5);
  await env.settled();
  expect(await env.stateOf(counter, "a").get("value")).toBeNull();
  expect(env.now()).toBe(before);
  await env.runUntilIdle();
  expect(await env.stateOf(counter, "a").get("value")).toBe(5);
  expect(env.now() - before).toBe(600_000);
});

test("time stands still while a closure runs", async () => {
  await start();
  const before = env.now();
  expect(await env.client(greeter).fetchSlowly()).toBe("slow");
  expect(env.now() - before).toBe(3_600_000);
});

test("time passes as far as the test lets it", async () => {
  await start({ time: "manual" });
  await env.sendClient(counter, "a").addLater(5);
  await env.advance({ minutes: 9, seconds: 59, milliseconds: 999 });
  expect(await env.stateOf(counter, "a").get("value")).toBeNull();
  await env.advance(1);
  expect(await env.stateOf(counter, "a").get("value")).toBe(5);
});

test("a crash loses nothing that was durable, and calls go on", async () => {
  await start({ time: "manual" });
  const call = env.client(counter, "a").addLater(5);
  await env.settled();
  await env.crash();
  await env.advance({ minutes: 10 });
  await call;
  expect(await env.stateOf(counter, "a").getAll()).toEqual({ value: 5 });
});

test("many calls wait at one time, and time goes from one timer to the next", async () => {
  await start();
  const before = env.now();
  const days = Array.from({ length: 100 }, (_, i) => i + 1);
  const slept = await Promise.all(days.map((day) => env.client(greeter).later(day)));
  expect(slept).toEqual(days.map((day) => day * 86_400_000));
  expect(env.now() - before).toBe(100 * 86_400_000);
});

test("the clock does not jump while it is frozen", async () => {
  await start();
  const before = env.now();
  const thaw = env.freeze();
  let isOver = false;
  const call = env
    .client(greeter)
    .later(1)
    .then(() => {
      isOver = true;
    });
  await env.settled();
  await readFile(new URL(import.meta.url));
  await env.settled();
  expect(isOver).toBe(false);
  expect(env.now()).toBe(before);
  thaw();
  await call;
});

test("time can pass over a handler that never ends", async () => {
  await start({ time: "manual" });
  const before = env.now();
  const call = env.client(greeter).fetchSlowly();
  await env.advance({ hours: 2 }, { evenWhileRunning: true });
  expect(env.now() - before).toBe(7_200_000);
  await env.runUntilIdle();
  expect(await call).toBe("slow");
  await expect(env.advance(-1)).rejects.toThrow(/only goes on/);
});

test("after a crash, calls that are alike are told apart from those that were answered", async () => {
  await start({ time: "manual" });
  const { invocationId } = await env.sendClient(counter, "a").addLater(5);
  const call = env.client(counter, "a").addLater(5);
  await env.settled();
  await env.crash();
  await env.crash();
  await env.runUntilIdle();
  await call;
  const born = await env.invocations({ handler: "addLater" });
  expect(born.map(({ id }) => id)).toContain(invocationId);
  expect(born.map(({ status }) => status)).toEqual(["completed", "completed"]);
});

test("two crashes at once are two crashes", async () => {
  await start({ time: "manual" });
  const call = env.client(counter, "a").addLater(5);
  await env.settled();
  await Promise.all([env.crash(), env.crash()]);
  await env.runUntilIdle();
  await call;
  expect(await env.invocations({ status: "completed" })).toHaveLength(1);
});

test("time cannot begin at no time", async () => {
  await expect(start({ startTime: new Date("tomorrow") })).rejects.toThrow(
    /startTime is no instant/,
  );
});

test("where time is real, who waits long is not given up", async () => {
  const lines: string[] = [];
  let told: () => void = () => undefined;
  const warned = new Promise<void>((resolve) => {
    told = resolve;
  });
  await start({
    time: "real",
    stuckAfterMs: 10,
    log: (_level, message) => {
      lines.push(message);
      told();
    },
  });
  const call = env.client(greeter).later(1);
  await warned;
  expect(lines[0]).toMatch(/nothing happens\. .*greeter\/later .* awaits a sleep until/s);
  const failed = expect(call).rejects.toThrow(/closed before this call/);
  await env.close();
  await failed;
});

test("time stands still while a handler awaits something of its own", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const outside = service({ name: "outside", handlers: { ask: async () => gate } });
  await start({ services: [greeter, outside] });
  const before = env.now();
  let isOver = false;
  const sleeping = env
    .client(greeter)
    .later(1)
    .then(() => {
      isOver = true;
    });
  const asking = env.client(outside).ask();
  for (let turn = 0; turn < 20; turn++) await readFile(new URL(import.meta.url));
  expect(isOver).toBe(false);
  expect(env.now()).toBe(before);
  open();
  await Promise.all([sleeping, asking]);
  expect(env.now() - before).toBe(86_400_000);
});
