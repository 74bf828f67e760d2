/** Step 6: all or nothing. For each thing done note how to undo it, and undo in reverse order. */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import type { Cake } from "./1-steps.ts";
import { ingredient } from "./5-objects.ts";
import { refund, takePayment } from "./world.ts";

export const wedding = service({
  name: "wedding",
  handlers: {
    orderCake: async (ctx: Context, { customer, flavour }: Cake): Promise<string> => {
      const undo: (() => Promise<unknown>)[] = [];
      try {
        const store = ctx.objectClient(ingredient, flavour);
        if (!(await store.take(10))) throw new TerminalError(`not enough ${flavour}`);
        undo.push(() => store.add(10));

        const payment = ctx.rand.uuidv4();
        undo.push(() => ctx.run("refund", () => refund(payment)));
        await ctx.run("payment", () => takePayment(payment, customer, 900));
        return payment;
      } catch (error) {
        if (error instanceof TerminalError) for (const step of undo.reverse()) await step();
        throw error;
      }
    },
  },
});
