/** Step 7: time. Timers are durable, and any wait can have an end. */
import { type Context, service, TimeoutError } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import type { Cake } from "./1-steps.ts";
import { happen } from "./world.ts";

export interface Hold extends Cake {
  readonly forMs: number;
}

export const counter = service({
  name: "counter",
  handlers: {
    hold: async (ctx: Context, { customer, flavour, forMs }: Hold): Promise<string> => {
      const { id, promise: fetched } = ctx.awakeable<void>();
      await ctx.run("tell", () => sendMail(customer, `Your ${flavour} is ready: ${id}`));
      try {
        await fetched.orTimeout(forMs);
        return "fetched";
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        await ctx.run("eat", () => happen(`the baker ate the ${flavour} of ${customer}`));
        return "eaten";
      }
    },
  },
});
