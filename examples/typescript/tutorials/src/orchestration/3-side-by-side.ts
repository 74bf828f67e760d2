/**
 * Step 3: steps and calls side by side. Start them, then wait for all; in which order they end is
 * recorded too.
 */
import { type Context, RestatePromise, service, type TerminalError } from "@rejoin/sdk";
import { bakery } from "./1-steps.ts";
import { bakeLayer } from "./world.ts";

export interface LayerCake {
  readonly customer: string;
  readonly flavours: readonly string[];
}

export const patisserie = service({
  name: "patisserie",
  handlers: {
    bakeLayers: async (ctx: Context, { flavours }: LayerCake): Promise<string[]> => {
      const layers = flavours.map((flavour) => ctx.run(flavour, () => bakeLayer(flavour)));
      return await RestatePromise.all(layers);
    },

    /** One order for each flavour; what became of each. */
    orderMany: async (ctx: Context, { customer, flavours }: LayerCake): Promise<string[]> => {
      const orders = flavours.map((flavour) =>
        ctx.serviceClient(bakery).order({ customer, flavour }),
      );
      const outcomes = await RestatePromise.allSettled(orders);
      return outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value : (outcome.reason as TerminalError).message,
      );
    },
  },
});
