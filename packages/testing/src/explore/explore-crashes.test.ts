import {
  type Context,
  type ObjectContext,
  object,
  service,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { expect, test } from "vitest";
import { CrashDifferenceError, crashAfterEveryEntry, exploreCrashes } from "../index.ts";

const account = object({
  name: "account",
  handlers: {
    add: async (ctx: ObjectContext, amount: number) => {
      const balance = ((await ctx.get<number>("balance")) ?? 0) + amount;
      ctx.set("balance", balance);
      return balance;
    },
  },
});

const bank = service({
  name: "bank",
  handlers: {
    transfer: async (ctx: Context, amount: number) => {
      const id = ctx.rand.uuidv4();
      const fee = await ctx.run("fee", () => 1);
      await ctx.sleep({ hours: 1 });
      const left = await ctx.objectClient(account, "from").add(-amount - fee);
      ctx.objectSendClient(account, "to").add(amount);
      return { id, left };
    },
  },
});

test("crashes make no difference to a handler that keeps to the rules", async () => {
  const report = await crashAfterEveryEntry({
    services: [account, bank],
    run: async (env) => env.client(bank).transfer(10),
  });
  expect(report.differences).toEqual([]);
  expect(report.entryCount).toBeGreaterThanOrEqual(15);
  expect(report.runCount).toBe(3 * report.entryCount);
  expect(report.repeatedClosures).toMatchObject([{ invocation: "bank/transfer", name: "fee" }]);
  expect(report.toString()).toMatch(/made no difference.*ctx\.run\("fee"\) of bank\/transfer/s);
});

/** Counts outside of any closure: a crash makes it count again. */
function createForgetful() {
  let count = 0;
  return service({
    name: "forgetful",
    handlers: {
      count: async (ctx: Context) => {
        count += 1;
        await ctx.run("before", () => undefined);
        const value = count;
        await ctx.run("after", () => undefined);
        return value;
      },
      reset: async () => {
        count = 0;
      },
    },
  });
}

test("a handler that keeps something outside of its journal is found out", async () => {
  const forgetful = createForgetful();
  const report = await exploreCrashes({
    services: [forgetful],
    run: async (env) => {
      await env.client(forgetful).reset();
      return env.client(forgetful).count();
    },
  });
  const results = report.differences.filter(({ what }) => what === "the result");
  expect(results.length).toBeGreaterThan(3);
  const kinds = ["attempt", "process", "process-unacknowledged"];
  expect([...new Set(results.map(({ kind }) => kind))].sort()).toEqual(kinds);
  expect(results[0]).toMatchObject({ expected: "1", found: "2" });
  expect(report.toString()).toMatch(
    /When the .* lost .*entry 1 \(run "before"\) of forgetful\/count/,
  );
  await expect(
    crashAfterEveryEntry({
      services: [forgetful],
      run: async (env) => {
        await env.client(forgetful).reset();
        return env.client(forgetful).count();
      },
    }),
  ).rejects.toThrow(CrashDifferenceError);
});

const approval = workflow({
  name: "approval",
  handlers: {
    run: async (ctx: WorkflowContext) => {
      const { id, promise } = ctx.awakeable<string>();
      ctx.set("awakeable", id);
      const code = await ctx.promise<string>("code");
      return `${code} ${await promise}`;
    },
    confirm: async (ctx: WorkflowSharedContext, code: string) => {
      await ctx.promise<string>("code").resolve(code);
    },
  },
});

test("workflows, promises and awakeables bear crashes", async () => {
  const report = await crashAfterEveryEntry({
    services: [approval],
    run: async (env) => {
      const client = env.client(approval, "one");
      await client.workflowSubmit();
      await env.settled();
      await client.confirm("1234");
      await env.settled();
      for (const { id } of await env.awakeables()) await env.ingress.resolveAwakeable(id, "yes");
      return client.workflowAttach();
    },
  });
  expect(report.runCount).toBeGreaterThan(15);
});

test("a handler that is not deterministic shows the difference", async () => {
  let calls = 0;
  const fickle = service({
    name: "fickle",
    handlers: {
      go: async (ctx: Context) => {
        calls += 1;
        await ctx.run(calls % 2 === 1 ? "odd" : "even", () => 1);
        await ctx.sleep(5);
      },
    },
  });
  const report = await exploreCrashes({
    services: [fickle],
    crashes: ["attempt"],
    run: async (env) => {
      calls = 0;
      await env.client(fickle).go();
    },
  });
  expect(report.differences.find(({ what }) => what === "the replay")?.found).toMatch(/odd/);
});

test("what fails without a crash fails the exploration", async () => {
  await expect(
    exploreCrashes({
      services: [account],
      run: async () => {
        throw new Error("a mistake of the test");
      },
    }),
  ).rejects.toThrow("a mistake of the test");
});

test("crashes are spread when there would be too many", async () => {
  const report = await exploreCrashes({
    services: [account, bank],
    runsMax: 5,
    run: async (env) => env.client(bank).transfer(10),
  });
  expect(report.runCount).toBe(5);
  expect(report.toString()).toMatch(/more were left out/);
});
