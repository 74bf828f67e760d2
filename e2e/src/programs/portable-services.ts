/** Services for any runtime: a fan-out with everything that suspends. */
import {
  type Context,
  type ObjectContext,
  object,
  RestatePromise,
  service,
  TerminalError,
} from "@rejoin/sdk/fetch";

const counter = object({
  name: "Counter",
  handlers: {
    add: async (ctx: ObjectContext, by: number): Promise<number> => {
      const count = ((await ctx.get<number>("count")) ?? 0) + by;
      ctx.set("count", count);
      return count;
    },
  },
});

const task = service({
  name: "Task",
  handlers: {
    run: async (ctx: Context, { key, parts }: { key: string; parts: number }) => {
      const calls = Array.from({ length: parts }, (_, i) => ctx.serviceClient(task).part(i));
      const results: number[] = await RestatePromise.all(calls);
      await ctx.sleep(10);
      const sum = results.reduce((total, result) => total + result, 0);
      return await ctx.objectClient(counter, key).add(sum);
    },
    part: async (ctx: Context, i: number): Promise<number> => {
      const result = await ctx.run("double", () => i * 2);
      await ctx.sleep(1);
      return result;
    },
    fail: async (_ctx: Context): Promise<void> => {
      throw new TerminalError("as it was asked to", { errorCode: 418 });
    },
  },
});

export const services = [task, counter];
