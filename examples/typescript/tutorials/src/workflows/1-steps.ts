/**
 * Step 1: a workflow. Its key is its id, and `run` is executed once for it, however often it is
 * submitted. Its steps are recorded.
 */
import { type WorkflowContext, workflow } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import { openAccount, orderBadge } from "./office.ts";

export interface Volunteer {
  readonly name: string;
}

export const welcome = workflow({
  name: "welcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<string> => {
      await ctx.run("account", () => openAccount(name));
      const badge = await ctx.run("badge", () => orderBadge(name));
      await ctx.run("mail", () => sendMail(name, `welcome, ${ctx.key}`));
      return badge;
    },
  },
});
