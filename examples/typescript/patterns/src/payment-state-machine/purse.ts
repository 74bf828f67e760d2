/** The money of a customer. */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";

type State = { cents: number };

export const purse = object({
  name: "purse",
  handlers: {
    deposit: async (ctx: ObjectContext<State>, cents: number): Promise<void> => {
      ctx.set("cents", ((await ctx.get("cents")) ?? 0) + cents);
    },

    /** Whether there was enough. */
    withdraw: async (ctx: ObjectContext<State>, cents: number): Promise<boolean> => {
      const left = ((await ctx.get("cents")) ?? 0) - cents;
      if (left < 0) return false;
      ctx.set("cents", left);
      return true;
    },

    balance: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<number> => (await ctx.get("cents")) ?? 0,
    ),
  },
});
