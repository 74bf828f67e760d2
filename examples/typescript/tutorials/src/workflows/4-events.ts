/**
 * Step 4: events. The other way round: `run` completes promises as it goes, and whoever calls a
 * handler waits for them, be they completed already or tomorrow.
 */
import { type WorkflowContext, type WorkflowSharedContext, workflow } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import type { Volunteer } from "./1-steps.ts";
import { openAccount, orderBadge } from "./office.ts";

export const announcedWelcome = workflow({
  name: "announcedWelcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<void> => {
      await ctx.run("account", () => openAccount(name));
      await ctx.promise<string>("account").resolve(`${name}@club.example`);
      await ctx.sleep(seconds(5), "the badge is made");
      const badge = await ctx.run("badge", () => orderBadge(name));
      await ctx.promise<string>("badge").resolve(badge);
    },

    awaitAccount: async (ctx: WorkflowSharedContext): Promise<string> =>
      ctx.promise<string>("account"),

    awaitBadge: async (ctx: WorkflowSharedContext): Promise<string> => ctx.promise<string>("badge"),
  },
});
