/**
 * Stateful actors: a kiln is hot or cold, and what it is asked to do depends on that. Orders for one
 * kiln wait for each other; those for another do not.
 */
import {
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  TerminalError,
} from "@rejoin/sdk";
import { seconds } from "../seconds.ts";

export type Condition = "cold" | "hot";

type State = { condition: Condition; fired: number };

export const kiln = object({
  name: "kiln",
  handlers: {
    heat: async (ctx: ObjectContext<State>): Promise<string> => {
      if ((await conditionOf(ctx)) === "hot") return `${ctx.key} is hot already`;
      await ctx.sleep(seconds(3), "heating up");
      ctx.set("condition", "hot");
      return `${ctx.key} is hot`;
    },

    fire: async (ctx: ObjectContext<State>, pot: string): Promise<string> => {
      if ((await conditionOf(ctx)) === "cold") {
        throw new TerminalError(`${ctx.key} is too cold for ${pot}`, { errorCode: 409 });
      }
      await ctx.sleep(seconds(1), "firing");
      const fired = ((await ctx.get("fired")) ?? 0) + 1;
      ctx.set("fired", fired);
      return `${pot} is number ${fired} of ${ctx.key}`;
    },

    coolDown: async (ctx: ObjectContext<State>): Promise<void> => {
      if ((await conditionOf(ctx)) === "cold") return;
      await ctx.sleep(seconds(2), "cooling down");
      ctx.set("condition", "cold");
    },

    condition: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<Condition> => conditionOf(ctx),
    ),
  },
});

async function conditionOf(ctx: ObjectSharedContext<State>): Promise<Condition> {
  return (await ctx.get("condition")) ?? "cold";
}
