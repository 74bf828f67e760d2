/**
 * Step 2: handlers call each other. A call waits for the result; a message does not, and may be
 * delayed. Both arrive, whichever process is down in between.
 */
import { type Context, rpc, service } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import { bakery, type Cake } from "./1-steps.ts";
import { happen } from "./world.ts";

export const delivery = service({
  name: "delivery",
  handlers: {
    orderToHome: async (ctx: Context, cake: Cake): Promise<string> => {
      const layer = await ctx.serviceClient(bakery).order(cake);
      ctx.serviceSendClient(delivery).drive(cake.customer);
      const later = rpc.sendOpts<string>({ delay: seconds(5) });
      ctx.serviceSendClient(delivery).collectPlate(cake.customer, later);
      return `${layer} is on its way`;
    },

    drive: async (ctx: Context, customer: string): Promise<void> => {
      await ctx.run("drive", () => happen(`drove to ${customer}`));
    },

    collectPlate: async (ctx: Context, customer: string): Promise<void> => {
      await ctx.run("collect", () => happen(`collected the plate of ${customer}`));
    },
  },
});
