/**
 * Step 5: retries. A step that throws is tried again, by default for ever. With a bound it fails for
 * good in the end, and the workflow decides what to do instead.
 */
import { TerminalError, type WorkflowContext, workflow } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import type { Volunteer } from "./1-steps.ts";
import { printContract } from "./office.ts";

export const printedWelcome = workflow({
  name: "printedWelcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<string> => {
      try {
        await ctx.run("print", () => printContract(name), {
          maxRetryAttempts: 3,
          initialRetryInterval: 10,
        });
        return "on paper";
      } catch (error) {
        if (!(error instanceof TerminalError)) throw error;
        await ctx.run("mail", () => sendMail(name, `no contract on paper: ${error.message}`));
        return "by mail";
      }
    },
  },
});
