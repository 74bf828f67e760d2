/** Step 6: sagas. What was done is undone when a later step fails for good. */
import { TerminalError, type WorkflowContext, workflow } from "@rejoin/sdk";
import type { Volunteer } from "./1-steps.ts";
import { openAccount, orderBadge, returnBadge } from "./office.ts";

export const carefulWelcome = workflow({
  name: "carefulWelcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<void> => {
      const undo: (() => Promise<void>)[] = [];
      try {
        undo.push(() => ctx.run("return the badge", () => returnBadge(name)));
        await ctx.run("badge", () => orderBadge(name));
        await ctx.run("account", () => openAccount(name));
      } catch (error) {
        if (error instanceof TerminalError) for (const step of undo.reverse()) await step();
        throw error;
      }
    },
  },
});
