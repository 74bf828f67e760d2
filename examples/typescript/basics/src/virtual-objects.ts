/**
 * A virtual object: its handlers share state, each key has its own, and one exclusive handler at a
 * time runs for a key. So `add` reads and writes without a lock, and loses nothing.
 */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";

type Score = { points: number; games: number };

export const scoreboard = object({
  name: "scoreboard",
  handlers: {
    add: async (ctx: ObjectContext<Score>, points: number): Promise<number> => {
      const total = ((await ctx.get("points")) ?? 0) + points;
      ctx.set("points", total);
      ctx.set("games", ((await ctx.get("games")) ?? 0) + 1);
      return total;
    },

    reset: async (ctx: ObjectContext<Score>): Promise<void> => {
      ctx.clearAll();
    },

    // Shared: answers at once, also while `add` runs for the same player.
    read: handlers.object.shared(async (ctx: ObjectSharedContext<Score>): Promise<string> => {
      const points = (await ctx.get("points")) ?? 0;
      const games = (await ctx.get("games")) ?? 0;
      return `${ctx.key}: ${points} points in ${games} games`;
    }),
  },
});
