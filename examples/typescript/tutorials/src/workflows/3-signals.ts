/** Step 3: signals. `run` waits for a promise by name, and another handler completes it. */
import { type WorkflowContext, type WorkflowSharedContext, workflow } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import type { Volunteer } from "./1-steps.ts";

export const confirmedWelcome = workflow({
  name: "confirmedWelcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<boolean> => {
      const code = ctx.rand.uuidv4();
      await ctx.run("mail", () => sendMail(name, `your code: ${code}`));
      return (await ctx.promise<string>("typed code")) === code;
    },

    typeCode: async (ctx: WorkflowSharedContext, code: string): Promise<void> => {
      await ctx.promise<string>("typed code").resolve(code);
    },
  },
});
