/**
 * A workflow: `run` is executed once per key. Other handlers look at its state and complete the
 * promises that it waits for, for as long as it takes.
 */
import { type WorkflowContext, type WorkflowSharedContext, workflow } from "@rejoin/sdk";
import { sendMail } from "./mailbox.ts";

export interface LeaveRequest {
  readonly employee: string;
  readonly manager: string;
  readonly days: number;
}
export interface Decision {
  readonly approved: boolean;
  readonly reason?: string;
}

export const leaveRequest = workflow({
  name: "leaveRequest",
  handlers: {
    run: async (ctx: WorkflowContext, request: LeaveRequest): Promise<Decision> => {
      const { employee, manager, days } = request;
      ctx.set("status", "waiting for a decision");
      await ctx.run("ask", () => sendMail(manager, `${days} days for ${employee}? See ${ctx.key}`));

      const decision = await ctx.promise<Decision>("decision");

      const word = decision.approved ? "approved" : "refused";
      ctx.set("status", word);
      await ctx.run("tell", () => sendMail(employee, `${days} days: ${word}`));
      return decision;
    },

    // A promise keeps its first value: a second decision fails, and the caller learns of it.
    decide: async (ctx: WorkflowSharedContext, decision: Decision): Promise<void> => {
      await ctx.promise<Decision>("decision").resolve(decision);
    },

    status: async (ctx: WorkflowSharedContext): Promise<string> =>
      (await ctx.get<string>("status")) ?? "unknown",
  },
});
