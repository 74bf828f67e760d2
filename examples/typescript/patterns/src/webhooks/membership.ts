/** A member of a club, as its payment provider sees it. */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";

export type Standing = "none" | "active" | "in arrears" | "ended";

type State = { standing: Standing };

export const membership = object({
  name: "membership",
  handlers: {
    set: async (ctx: ObjectContext<State>, standing: Standing): Promise<void> => {
      ctx.set("standing", standing);
    },

    standing: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<Standing> =>
        (await ctx.get("standing")) ?? "none",
    ),
  },
});
