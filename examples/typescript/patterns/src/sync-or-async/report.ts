/**
 * Sync or async: a report is there at once or takes an hour. Whoever asked for it waits a little;
 * then it is mailed.
 */
import { type WorkflowContext, type WorkflowSharedContext, workflow } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import { write } from "./writers.ts";

export interface ReportRequest {
  readonly topic: string;
}

export const report = workflow({
  name: "report",
  handlers: {
    run: async (ctx: WorkflowContext, { topic }: ReportRequest): Promise<string> => {
      const url = await ctx.run("write", () => write(ctx.key, topic));
      await ctx.promise<string>("url").resolve(url);
      return url;
    },

    /** Returns when it is sent: send this, do not call it. */
    mailTo: async (ctx: WorkflowSharedContext, address: string): Promise<void> => {
      const url = await ctx.promise<string>("url");
      await ctx.run("mail", () => sendMail(address, `your report: ${url}`));
    },
  },
});
