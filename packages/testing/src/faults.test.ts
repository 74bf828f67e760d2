import { type Context, type ObjectContext, object, service, TerminalError } from "@rejoin/sdk";
import { afterEach, describe, expect, test } from "vitest";
import {
  createTestEnvironment,
  NonDeterminismError,
  type TestEnvironment,
  type TestEnvironmentOptions,
} from "./index.ts";

let executions = 0;
let flip = 0;

/** The service itself has no type yet where it is called. */
type Waiting = { waits: (ctx: Context) => Promise<string> };

const shop = service({
  name: "shop",
  handlers: {
    charge: async (ctx: Context) => {
      await ctx.run("charge", async () => {
        executions += 1;
      });
      return "charged";
    },
    chargeOrGiveUp: async (ctx: Context) => {
      try {
        await ctx.run("charge", () => "paid", { maxRetryAttempts: 3 });
        return "charged";
      } catch (error) {
        return error instanceof TerminalError ? `gave up: ${error.message}` : "?";
      }
    },
    fickle: async (ctx: Context) => {
      flip += 1;
      if (flip % 2 === 1) await ctx.run("heads", () => 1);
      else await ctx.sleep(1);
      await ctx.sleep(1);
      return "done";
    },
    callsWaiting: async (ctx: Context): Promise<string> =>
      ctx.serviceClient<Waiting>({ name: "shop" }).waits(),
    waits: async (ctx: Context) => {
      const { promise } = ctx.awakeable<string>();
      return promise;
    },
    waitsWithTimeout: async (ctx: Context) => {
      const { promise } = ctx.awakeable<string>();
      return promise.orTimeout({ hours: 1 });
    },
    hangs: async () => new Promise<never>(() => undefined),
    throws: async () => {
      throw new Error("not today");
    },
  },
});

const door = object({
  name: "door",
  handlers: {
    open: async (ctx: ObjectContext) => {
      await ctx.sleep({ days: 1 });
    },
  },
});

let env: TestEnvironment;
afterEach(() => env.close());

async function start(options: Partial<TestEnvironmentOptions> = {}): Promise<TestEnvironment> {
  executions = 0;
  flip = 0;
  env = await createTestEnvironment({
    services: [shop, door],
    logger: () => undefined,
    ...options,
  });
  return env;
}

describe("closures that fail", () => {
  test("are executed again", async () => {
    await start();
    env.faults.failRun("charge", { times: 2 });
    const before = env.now();
    expect(await env.client(shop).charge()).toBe("charged");
    expect(executions).toBe(1);
    // The default policy waits for 500 ms, then for 1,000, and for up to half as long again.
    expect(env.now() - before).toBeGreaterThanOrEqual(1500);
    expect(env.now() - before).toBeLessThan(3000);
  });

  test("may have been executed before they fail", async () => {
    await start();
    env.faults.failRun("charge", { after: true, times: 2 });
    expect(await env.client(shop).charge()).toBe("charged");
    expect(executions).toBe(3);
  });

  test("are given up as their own policy says", async () => {
    await start();
    env.faults.failRun("charge", { times: Number.POSITIVE_INFINITY, error: new Error("no money") });
    expect(await env.client(shop).chargeOrGiveUp()).toBe("gave up: no money");
  });

  test("fail for good with a terminal error", async () => {
    await start();
    env.faults.failRun("charge", { error: new TerminalError("card stolen") });
    await expect(env.client(shop).charge()).rejects.toThrow("card stolen");
  });

  test("a fault that never happens is a mistake", async () => {
    await start();
    expect(() => env.faults.failRun("charge", { times: 0 })).toThrow(/at least 1/);
  });
});

describe("deployments", () => {
  test("that refuse an attempt are asked again", async () => {
    await start();
    env.faults.refuse("shop", { times: 3 });
    expect(await env.client(shop).charge()).toBe("charged");
  });

  test("that hang are given up after their timeouts", async () => {
    await start();
    const before = env.now();
    env.faults.hang("shop", { handler: "charge" });
    expect(await env.client(shop).charge()).toBe("charged");
    expect(env.now() - before).toBeGreaterThanOrEqual(660_000);
  });
});

describe("retries", () => {
  test("can be turned off", async () => {
    await start({ disableRetries: true });
    await expect(env.client(shop).throws()).rejects.toThrow("not today");
  });
});

describe("handlers that are not deterministic", () => {
  test("fail at once, with the difference", async () => {
    await start({ alwaysReplay: true });
    await expect(env.client(shop).fickle()).rejects.toThrow(/recorded.*heads/s);
    const [mismatch] = env.takeMismatches();
    expect(mismatch?.target).toBe("shop/fickle");
    expect(mismatch?.message).toMatch(/expected .*run/i);
  });

  test("fail the environment when nobody has looked", async () => {
    const own = await start({ alwaysReplay: true });
    await own.sendClient(shop).fickle();
    await own.runUntilIdle();
    await expect(own.close()).rejects.toThrow(NonDeterminismError);
    await start();
  });

  test("are tried again if that is wanted", async () => {
    await start({ alwaysReplay: true, nonDeterminism: "retry" });
    expect(await env.client(shop).fickle()).toBe("done");
    expect(env.takeMismatches().length).toBeGreaterThan(0);
  });
});

describe("what is stuck", () => {
  test("is explained to who waits for it", async () => {
    await start({ stuckAfterMs: 20 });
    const waiting = env.client(shop).callsWaiting();
    await expect(waiting).rejects.toThrow(
      /no timer is set.*shop\/callsWaiting .* awaits the call of shop\/waits \(inv_.*shop\/waits .* awaits the awakeable sign_1/s,
    );
  });

  test("is explained when time stands still", async () => {
    await start({ stuckAfterMs: 20, time: "manual" });
    await expect(env.client(door, "front").open()).rejects.toThrow(
      /let time pass with advance.*door\/front\/open .* awaits a sleep until/s,
    );
  });

  test("is explained when the environment is closed", async () => {
    await start({ time: "manual" });
    const open = env.client(door, "front").open();
    await env.settled();
    const failed = expect(open).rejects.toThrow(/closed before this call.*door\/front\/open/s);
    await env.close();
    await failed;
  });

  test("is explained while code runs", async () => {
    const lines: string[] = [];
    let told: () => void = () => undefined;
    const warned = new Promise<void>((resolve) => {
      told = resolve;
    });
    await start({
      stuckAfterMs: 20,
      log: (level, message) => {
        lines.push(`${level}: ${message}`);
        if (message.startsWith("a test waits")) told();
      },
    });
    const hanging = expect(env.client(shop).hangs()).rejects.toThrow(/closed before/);
    await warned;
    expect(lines.join("\n")).toMatch(/warn: a test waits.*shop\/hangs .* runs code, or awaits/s);
    await env.close();
    await hanging;
  });
});

test("awakeables are found, and completed before their time is up", async () => {
  await start();
  const waiting = env.client(shop).waitsWithTimeout();
  await env.settled();
  const [awakeable] = await env.awakeables();
  expect(awakeable).toMatchObject({ target: "shop/waitsWithTimeout" });
  await env.ingress.resolveAwakeable(awakeable?.id ?? "", "there");
  expect(await waiting).toBe("there");
  expect(await env.awakeables()).toEqual([]);
});

test("nobody completes an awakeable: its time is up at once", async () => {
  await start();
  const before = env.now();
  await expect(env.client(shop).waitsWithTimeout()).rejects.toThrow();
  expect(env.now() - before).toBe(3_600_000);
});
