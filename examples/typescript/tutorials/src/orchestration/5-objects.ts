/**
 * Step 5: state. A virtual object has state for each key and one writer at a time, so nothing is
 * read that somebody else is about to change.
 */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";

type State = { amount: number };

export const ingredient = object({
  name: "ingredient",
  handlers: {
    add: async (ctx: ObjectContext<State>, amount: number): Promise<number> => {
      const sum = ((await ctx.get("amount")) ?? 0) + amount;
      ctx.set("amount", sum);
      return sum;
    },

    /** Whether there was enough. */
    take: async (ctx: ObjectContext<State>, amount: number): Promise<boolean> => {
      const left = ((await ctx.get("amount")) ?? 0) - amount;
      if (left < 0) return false;
      ctx.set("amount", left);
      return true;
    },

    amount: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<number> => (await ctx.get("amount")) ?? 0,
    ),
  },
});
