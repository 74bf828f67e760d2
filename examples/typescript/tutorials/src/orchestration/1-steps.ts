/**
 * Step 1: what a handler does to the world is a step, `ctx.run`. Its result is recorded. When the
 * process crashes, or a step throws, the handler begins anew, and gets the results that it has.
 */
import { type Context, service } from "@rejoin/sdk";
import { bakeLayer, happen, takePayment } from "./world.ts";

export interface Cake {
  readonly customer: string;
  readonly flavour: string;
}

export const bakery = service({
  name: "bakery",
  handlers: {
    order: async (ctx: Context, { customer, flavour }: Cake): Promise<string> => {
      const payment = ctx.rand.uuidv4();
      await ctx.run("payment", () => takePayment(payment, customer, 20));
      const layer = await ctx.run("bake", () => bakeLayer(flavour));
      await ctx.run("hand over", () => happen(`${customer} got ${layer}`));
      return layer;
    },
  },
});
