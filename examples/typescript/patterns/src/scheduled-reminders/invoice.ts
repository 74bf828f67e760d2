/**
 * Scheduled tasks: an invoice reminds of itself until it is paid, and then goes to a collector. Each
 * reminder is a delayed message of the object to itself.
 */
import { handlers, type ObjectContext, type ObjectSharedContext, object, rpc } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import { seconds } from "../seconds.ts";

export interface Issued {
  readonly customer: string;
  readonly euros: number;
}
export type Status = "open" | "paid" | "with the collector";

type State = { invoice: Issued; status: Status; reminders: number };

const REMINDERS_MAX = 3;

export const invoice = object({
  name: "invoice",
  handlers: {
    issued: async (ctx: ObjectContext<State>, issued: Issued): Promise<void> => {
      if ((await ctx.get("status")) !== null) return;
      ctx.set("invoice", issued);
      ctx.set("status", "open");
      remindLater(ctx);
    },

    paid: async (ctx: ObjectContext<State>): Promise<void> => {
      ctx.set("status", "paid");
    },

    /** Sent by the invoice itself. Which are on their way when it is paid come to nothing. */
    remind: async (ctx: ObjectContext<State>): Promise<void> => {
      const issued = await ctx.get("invoice");
      if (issued === null || (await ctx.get("status")) !== "open") return;
      const { customer, euros } = issued;
      const reminders = ((await ctx.get("reminders")) ?? 0) + 1;
      if (reminders > REMINDERS_MAX) {
        ctx.set("status", "with the collector");
        await ctx.run("escalate", () => sendMail("collector", `${customer} owes ${euros} euros`));
        return;
      }
      ctx.set("reminders", reminders);
      const text = `reminder ${reminders} of ${REMINDERS_MAX}: ${euros} euros for ${ctx.key}`;
      await ctx.run("remind", () => sendMail(customer, text));
      remindLater(ctx);
    },

    status: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<Status | null> => ctx.get("status"),
    ),
  },
});

function remindLater(ctx: ObjectContext<State>): void {
  ctx.objectSendClient(invoice, ctx.key).remind(rpc.sendOpts<void>({ delay: seconds(10) }));
}
