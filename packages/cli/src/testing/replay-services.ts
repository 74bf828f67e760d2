/** Services that tests replay, as they ran and as they are after a change of their code. */
import { type Context, type ObjectContext, object, RestatePromise, service } from "@rejoin/sdk";

export interface ReplayedOptions {
  /** The code is another one than that which has run. */
  readonly isChanged?: boolean;
  /** Told when a closure is executed. */
  readonly onExecuted?: (name: string) => void;
}

export const leaf = service({
  name: "leaf",
  handlers: { double: async (_ctx: Context, value: number): Promise<number> => value * 2 },
});

export function createWorker({ isChanged = false, onExecuted = () => {} }: ReplayedOptions = {}) {
  const run = <T>(ctx: Context, name: string, value: T) =>
    ctx.run(name, () => {
      onExecuted(name);
      return value;
    });

  async function outer(ctx: Context): Promise<string> {
    const timer = ctx.sleep(3_600_000, "nap");
    await timer; // waits here
    return "awake";
  }

  return service({
    name: "worker",
    handlers: {
      sum: async (ctx: Context, value: number): Promise<number> => {
        const own = await run(ctx, "own", value + 1);
        if (isChanged) await ctx.run("added", () => "not recorded"); // parts here
        return await ctx.serviceClient(leaf).double(own);
      },
      result: async (ctx: Context): Promise<string> => {
        await run(ctx, "own", 1);
        return isChanged ? "new" : "old";
      },
      more: async (ctx: Context): Promise<void> => {
        await run(ctx, "own", 1);
        if (!isChanged) await run(ctx, "dropped", 2);
      },
      awaits: async (ctx: Context): Promise<void> => {
        if (isChanged) await ctx.sleep(3_600_000);
        await run(ctx, "own", 1);
      },
      wait: async (ctx: Context): Promise<string> => {
        await run(ctx, "before", 1);
        return await outer(ctx); // and above it here
      },
      stumble: async (ctx: Context): Promise<void> => {
        await run(ctx, "fine", 1);
        throw new Error("stumbled");
      },
      hang: async (ctx: Context): Promise<void> => {
        await run(ctx, "fine", 1);
        if (isChanged) await new Promise(() => undefined);
      },
      map: async (ctx: Context, count: number): Promise<number[]> => {
        const items = Array.from({ length: count }, (_, i) => i);
        const double = (item: number) => ctx.serviceClient(leaf).double(item);
        return await ctx.map(items, double, { concurrency: 3 });
      },
      fan: async (ctx: Context, count: number): Promise<number> => {
        const parts = Array.from({ length: count }, (_, i) => ctx.serviceClient(leaf).double(i));
        return (await RestatePromise.all(parts)).length;
      },
    },
  });
}

export const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: string): Promise<string> => {
      const items = (await ctx.get<string[]>("items")) ?? [];
      ctx.set("items", [...items, item]);
      return `${items.length + 1} ${ctx.rand.uuidv4()}`;
    },
  },
});
