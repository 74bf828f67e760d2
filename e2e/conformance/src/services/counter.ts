/** A number per key. */
import type { ObjectContext, ObjectOptions, ObjectSharedContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface CounterUpdate {
  readonly oldValue: number;
  readonly newValue: number;
}

const STATE = "count";

async function increase(ctx: ObjectContext, by: number): Promise<CounterUpdate> {
  const oldValue = (await ctx.get<number>(STATE)) ?? 0;
  const newValue = oldValue + by;
  ctx.set(STATE, newValue);
  return { oldValue, newValue };
}

export function createCounter(sdk: Sdk, name = "Counter", _options: ObjectOptions = {}) {
  return sdk.object({
    name,
    handlers: {
      add: (ctx: ObjectContext, by: number): Promise<CounterUpdate> => increase(ctx, by),

      /** What it has added stays. */
      addThenFail: async (ctx: ObjectContext, by: number): Promise<void> => {
        await increase(ctx, by);
        throw new sdk.TerminalError(ctx.key);
      },

      get: sdk.handlers.object.shared(
        async (ctx: ObjectSharedContext): Promise<number> => (await ctx.get<number>(STATE)) ?? 0,
      ),

      reset: async (ctx: ObjectContext): Promise<void> => ctx.clear(STATE),
    },
  });
}

export const Counter = { name: "Counter" } as ReturnType<typeof createCounter>;
