/**
 * Step 4: waiting for something outside. An awakeable has an id; whoever has it completes it, by
 * `POST /restate/awakeables/<id>/resolve` or from another handler.
 */
import { type Context, service } from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import type { Cake } from "./1-steps.ts";

export const tasting = service({
  name: "tasting",
  handlers: {
    invite: async (ctx: Context, { customer, flavour }: Cake): Promise<string> => {
      const { id, promise: stars } = ctx.awakeable<number>();
      await ctx.run("invite", () => sendMail(customer, `How is the ${flavour}? ${id}`));
      return `${customer} gives ${await stars} stars to ${flavour}`;
    },
  },
});
